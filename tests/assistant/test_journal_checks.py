"""Damage is found, named and survives nothing silently; backups are whole and private."""

from pathlib import Path

import pytest

from assistant.errors import ReverieError
from assistant.journal import Journal, checks
from assistant.journal.checks import backup, verify
from assistant.paths import Paths


@pytest.fixture
def talk(journal: Journal) -> Journal:
    """A journal with some pages of text."""
    conversation = journal.new_conversation()
    with journal.writing():
        for number in range(300):
            journal.add_message(conversation, "user", f"message {number} " + "lorem ipsum " * 20)
    return journal


def test_a_good_journal_has_no_problems(talk: Journal):
    assert verify(talk.path) == []


def test_flipped_bits_are_found(talk: Journal):
    talk.close()
    data = bytearray(talk.path.read_bytes())
    for place in range(8192, len(data), 4096):
        data[place : place + 16] = b"\xa5" * 16
    talk.path.write_bytes(data)
    assert verify(talk.path)


def test_a_cut_off_file_is_found(talk: Journal):
    talk.close()
    talk.path.write_bytes(talk.path.read_bytes()[:30_000])
    assert verify(talk.path)


def test_a_file_that_is_no_database_is_found(paths: Paths):
    paths.journal.write_bytes(b"not a database" * 100)
    assert any("damaged" in problem for problem in verify(paths.journal))


def test_a_missing_journal_is_not_made(paths: Paths):
    with pytest.raises(ReverieError, match="no journal"):
        verify(paths.journal)
    assert not paths.journal.exists()


def test_a_wrong_search_index_is_found_and_rebuilt(talk: Journal):
    talk.db.execute("INSERT INTO messages_fts(rowid, content) VALUES (7, 'never said')")
    assert "search index" in verify(talk.path)[0]
    checks.rebuild_search_index(talk)
    assert verify(talk.path) == []
    assert talk.search("never") == []


def test_a_dangling_reference_is_found(talk: Journal):
    talk.db.execute("PRAGMA foreign_keys = OFF")
    talk.db.execute(
        "INSERT INTO lessons (memory_id, split, kind, question, answer) "
        "VALUES (77, 'train', 'direct', 'q', 'a')"
    )
    assert any("lessons" in problem for problem in verify(talk.path))


def test_an_open_mode_is_found(talk: Journal):
    talk.path.chmod(0o644)
    assert "644" in verify(talk.path)[0]


def test_a_backup_is_a_whole_private_journal(talk: Journal, tmp_path: Path):
    target = tmp_path / "copy.db"
    backup(talk, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("*copy*")] == ["copy.db"]
    with Journal.open(target) as copy:
        assert len(list(copy.since(0))) == 300
        assert copy.search("lorem", limit=1)
    assert verify(target) == []


def test_a_backup_overwrites_nothing_and_says_where_it_cannot_go(talk: Journal, tmp_path: Path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(ReverieError, match="exists already"):
        backup(talk, tmp_path / "there")
    with pytest.raises(ReverieError, match="cannot be written"):
        backup(talk, tmp_path / "no" / "folder.db")


def test_a_failed_backup_leaves_nothing(
    talk: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_rename(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", no_rename)
    with pytest.raises(ReverieError, match="No space left"):
        backup(talk, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []
