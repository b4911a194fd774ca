"""Conversations and messages: durable, private, safe between threads and processes."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import BusyError, ReverieError
from assistant.journal import Journal
from assistant.paths import Paths

REPO = Path(__file__).parents[2]


def child(paths: Paths, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own; it finds the journal as `journal`."""
    start = (
        "import os, signal, sys; from pathlib import Path; from assistant.journal import Journal;"
        f"journal = Journal.open(Path({str(paths.journal)!r}));"
    )
    return subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, cwd=REPO, check=False
    )


def test_a_conversation_is_read_back(journal: Journal):
    talk = journal.new_conversation("Dogs", system="Be brief.")
    first = journal.add_message(talk, "user", "My dog is called Biscuit.")
    reply = journal.add_message(talk, "assistant", "Good.", parent_id=first, generation=3)
    assert [message.content for message in journal.thread(reply)] == [
        "My dog is called Biscuit.",
        "Good.",
    ]
    assert journal.message(reply).generation == 3
    assert journal.message(reply).created.endswith("+00:00")
    assert journal.last_leaf(talk) == reply
    conversation = journal.conversations()[0]
    assert (conversation.id, conversation.title, conversation.system) == (
        talk,
        "Dogs",
        "Be brief.",
    )
    assert journal.last_leaf(journal.new_conversation()) is None


def test_branches_keep_both_lines(journal: Journal):
    talk = journal.new_conversation()
    ask = journal.add_message(talk, "user", "A joke?")
    one = journal.add_message(talk, "assistant", "First.", parent_id=ask)
    two = journal.add_message(talk, "assistant", "Second.", parent_id=ask)
    more = journal.add_message(talk, "user", "Ha.", parent_id=one)
    assert [message.id for message in journal.thread(more)] == [ask, one, more]
    assert [message.id for message in journal.thread(two)] == [ask, two]
    assert [message.id for message in journal.messages(talk)] == [ask, one, two, more]


def test_a_message_survives_sigkill_right_after_it_was_stored(paths: Paths):
    result = child(
        paths,
        "talk = journal.new_conversation();"
        "print(journal.add_message(talk, 'user', 'Remember me'), flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)",
    )
    assert result.returncode == -9
    with Journal.open(paths.journal) as journal:
        assert journal.message(int(result.stdout)).content == "Remember me"
        assert journal.db.execute("PRAGMA synchronous").fetchone()[0] == 2, "FULL"
        assert journal.db.journal_mode == "wal"


def test_a_reply_killed_while_streaming_keeps_what_was_shown(paths: Paths):
    result = child(
        paths,
        "talk = journal.new_conversation();"
        "reply = journal.add_message(talk, 'assistant', '', state='streaming');"
        "journal.append_reply(reply, 'Once upon '); journal.append_reply(reply, 'a time');"
        "print(reply, flush=True); os.kill(os.getpid(), signal.SIGKILL)",
    )
    with Journal.open(paths.journal) as journal:
        message = journal.message(int(result.stdout))
        assert (message.content, message.state) == ("Once upon a time", "interrupted")
        assert journal.search("upon")[0].message.id == message.id


def test_a_reply_that_streams_elsewhere_is_not_called_interrupted(journal: Journal):
    talk = journal.new_conversation()
    reply = journal.add_message(talk, "assistant", "", state="streaming")
    with Journal.open(journal.path) as other:
        assert other.message(reply).state == "streaming"
    journal.append_reply(reply, "done")
    journal.finish_reply(reply, "complete")
    assert journal.message(reply).state == "complete"
    with pytest.raises(ReverieError, match="not being written"):
        journal.append_reply(reply, "more")


def test_an_unknown_conversation_or_message_is_a_clear_error(journal: Journal):
    with pytest.raises(ReverieError, match="Conversation 9 no longer exists"):
        journal.add_message(9, "user", "Hello?")
    with pytest.raises(ReverieError, match="no message 5"):
        journal.message(5)
    with pytest.raises(ReverieError, match="no conversation 5"):
        journal.conversation(5)


def test_off_the_record_is_neither_gathered_nor_found(journal: Journal):
    secret = journal.new_conversation(off_record=True)
    journal.add_message(secret, "user", "quiet one")
    talk = journal.new_conversation()
    journal.add_message(talk, "user", "quiet two", off_record=True)
    loud = journal.add_message(talk, "user", "quiet three")
    assert [message.id for message in journal.since(0)] == [loud]
    assert [hit.message.id for hit in journal.search("quiet")] == [loud]


def test_since_pages_through_everything_once_and_in_order(journal: Journal):
    talk = journal.new_conversation()
    with journal.writing():
        ids = [journal.add_message(talk, "user", f"message {n}") for n in range(1203)]
    assert [message.id for message in journal.since(0)] == ids
    assert [message.id for message in journal.since(ids[10], limit=600)] == ids[11:611]
    assert list(journal.since(ids[-1])) == []


def test_since_reads_only_what_is_new(journal: Journal):
    """The plan walks the messages from the given id on: no scan of what is older."""
    traced: list[str] = []
    with journal.db.tracer(lambda sql, _: traced.append(sql)):
        list(journal.since(5))
    select = next(sql for sql in traced if "messages.id > ?" in sql)
    plan = [row[3] for row in journal.db.execute(f"EXPLAIN QUERY PLAN {select}", [5, 10])]
    assert "SEARCH messages USING INTEGER PRIMARY KEY (rowid>?)" in plan
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in plan)


def test_ids_never_come_back(journal: Journal):
    talk = journal.new_conversation()
    last = journal.add_message(talk, "user", "gone")
    with journal.writing() as db:
        db.execute("DELETE FROM messages WHERE id = ?", [last])
    assert journal.add_message(talk, "user", "new") > last


def test_files_are_private(paths: Paths):
    paths.journal.touch(mode=0o644)
    with Journal.open(paths.journal) as journal:
        journal.new_conversation()
        files = sorted(paths.journal.parent.glob("journal.db*"))
        assert [file.name for file in files] == ["journal.db", "journal.db-shm", "journal.db-wal"]
        assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 3
        assert journal.db.execute("PRAGMA secure_delete").fetchone()[0] == 1
        assert journal.db.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_threads_write_and_read_at_once(journal: Journal):
    talk = journal.new_conversation()

    def write(number: int) -> int:
        message = journal.add_message(talk, "user", f"from thread {number}")
        assert journal.message(message).content == f"from thread {number}"
        return message

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(write, range(64)))
    assert len(set(ids)) == 64
    assert len(list(journal.since(0))) == 64


def test_a_transaction_belongs_to_one_thread(journal: Journal):
    talk = journal.new_conversation()
    seen = []
    with journal.writing():
        journal.add_message(talk, "user", "not yet")
        reader = threading.Thread(target=lambda: seen.append(list(journal.since(0))))
        reader.start()
        reader.join()
    assert seen == [[]]
    assert len(list(journal.since(0))) == 1


def test_writing_is_all_or_nothing_and_nests(journal: Journal):
    talk = journal.new_conversation()

    def write_and_fail(text: str) -> None:
        with journal.writing():
            journal.add_message(talk, "user", text)
            raise RuntimeError("pulled the plug")

    with pytest.raises(RuntimeError, match="plug"):
        write_and_fail("one")
    assert list(journal.since(0)) == []
    with journal.writing():
        journal.add_message(talk, "user", "two")
        with pytest.raises(RuntimeError, match="plug"):
            write_and_fail("three")
    assert [message.content for message in journal.since(0)] == ["two"]


def test_a_locked_journal_is_busy_not_a_crash(journal: Journal):
    talk = journal.new_conversation()
    with closing(sqlite3.connect(journal.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            Journal.open(journal.path, busy_seconds=0.05) as second,
            pytest.raises(BusyError, match=r"locked by another program.*try again"),
        ):
            second.add_message(talk, "user", "anyone?")
        other.execute("ROLLBACK")
    assert journal.add_message(talk, "user", "now") > 0


def test_two_starts_at_once_make_one_journal(paths: Paths):
    with ThreadPoolExecutor(4) as pool:
        journals = list(pool.map(lambda _: Journal.open(paths.journal), range(4)))
    for journal in journals:
        journal.new_conversation()
    assert len(journals[0].conversations()) == 4
    for journal in journals:
        journal.close()


def count_elsewhere(paths: Paths) -> int:
    """Messages that another program sees, which then closes the journal."""
    code = """
with journal.reading() as db:
    print(db.execute("SELECT count(*) FROM messages").fetchone()[0])
journal.close()
"""
    return int(child(paths, code).stdout)


@pytest.mark.parametrize("how", ["opened twice", "in another thread"])
def test_what_is_said_while_another_program_closes_the_journal_is_kept(
    paths: Paths, journal: Journal, how: str
):
    """A second connection here must not take the locks of the first one away: the other program
    would delete the log that this one writes to, and nobody would hear of it."""
    conversation = journal.new_conversation()
    if how == "opened twice":
        Journal.open(paths.journal).close()
    else:
        thread = threading.Thread(target=lambda: list(journal.since(0)))
        thread.start()
        thread.join()
    assert count_elsewhere(paths) == 0
    assert paths.journal.with_name("journal.db-wal").exists()
    journal.add_message(conversation, "user", "Do not lose me.", parent_id=None)
    assert count_elsewhere(paths) == 1


@pytest.mark.parametrize("content", [b"this is not a database at all, but a note" * 50, b"\0" * 9])
def test_a_file_that_is_no_journal_is_a_clear_error(paths: Paths, content: bytes):
    paths.journal.write_bytes(content)
    with pytest.raises(ReverieError, match="journal verify"):
        Journal.open(paths.journal)
    assert paths.journal.read_bytes() == content, "what is there stays untouched"


def test_a_folder_in_the_way_is_a_clear_error(paths: Paths):
    paths.journal.mkdir()
    with pytest.raises(ReverieError, match="cannot be opened"):
        Journal.open(paths.journal)


def test_a_full_disk_loses_only_what_was_being_written(journal: Journal):
    talk = journal.new_conversation()
    kept = journal.add_message(talk, "user", "kept")
    pages = journal.db.execute("PRAGMA page_count").fetchone()[0]
    journal.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ReverieError, match="is full"):
        journal.add_message(talk, "user", "x" * 100_000)
    assert [message.id for message in journal.since(0)] == [kept]
