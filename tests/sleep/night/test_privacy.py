"""What a night must not learn from, and that it talks to nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.journal.exchange import FileConversation, FileMessage
from assistant.journal.transfer import approve, import_conversations
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home

REPO = Path(__file__).parents[3]
LONG = "My neighbour is called Zebulon. " * 200

UNTAKEN = {
    "fenced": "Look at this:\n```\nMy cat is called Zebulon.\n```",
    "unfenced end": "Look at this:\n~~~\nMy cat is called Zebulon.",
    "quoted": "> My cat is called Zebulon.\nWhat do you make of that?",
    "too long": LONG,
    "password": "My password is Zebulon.",
    "pin": "My PIN is 4711 and the Zebulon card too.",
    "key": "My cat is called Zebulon, AKIAIOSFODNN7EXAMPLE.",
}


def everywhere(home: Home) -> str:
    """All that nights have written into the journal, as one text."""
    tables = ("memories", "lessons", "exam_answers", "stages", "nights", "generations")
    return repr([home.rows(f"SELECT * FROM {table}") for table in tables])


@pytest.mark.parametrize("said", UNTAKEN.values(), ids=UNTAKEN)
def test_left_out(said: str, told: Home, sleep: Sleep):
    told.tell(said)
    assert sleep(told).code == 0
    assert told.texts() == LEARNED
    assert "Zebulon" not in everywhere(told)
    assert "4711" not in everywhere(told)


def test_what_is_around_a_quotation_is_heard(home: Home, sleep: Sleep):
    home.tell("> My cat is called Zebulon.\nMy dog is called Biscuit.")
    assert sleep(home).code == 0
    assert home.texts() == ["Your dog is called Biscuit."]


def test_off_the_record(told: Home, sleep: Sleep):
    with told.journal() as journal:
        hidden = journal.new_conversation(off_record=True)
        journal.add_message(hidden, "user", "My cat is called Zebulon.")
        conversation = journal.new_conversation()
        journal.add_message(conversation, "user", "My cat is called Zebulon.", off_record=True)
    assert sleep(told).code == 0
    assert told.texts() == LEARNED
    assert "Zebulon" not in everywhere(told)


def test_what_the_assistant_says_is_no_memory(told: Home, sleep: Sleep):
    with told.journal() as journal:
        conversation = journal.new_conversation()
        asked = journal.add_message(conversation, "user", "Tell me a story, please.")
        reply = "My cat is called Zebulon. Your cat is called Zebulon."
        journal.add_message(conversation, "assistant", reply, parent_id=asked)
    assert sleep(told).code == 0
    assert told.texts() == LEARNED


def test_imported_text_waits_for_approval(told: Home, sleep: Sleep):
    message = FileMessage("user", "My sister Anna lives in Porto.", "2026-01-01T10:00:00Z")
    with told.journal() as journal:
        import_conversations(journal, [FileConversation("Old", [message])])
    assert sleep(told).code == 0
    assert told.texts() == LEARNED
    assert "Porto" not in everywhere(told)
    with told.journal() as journal, journal.writing() as db:
        (row,) = list(db.query("SELECT id FROM conversations WHERE approved = 0"))
        approve(db, row["id"])
    assert sleep(told).code == 0
    assert any("Porto" in text for text in told.texts("learned"))


NO_SOCKETS = """
import sys

def _refuse(event, arguments):
    if event == "socket.__new__":
        raise RuntimeError("a night opened a socket")

sys.addaudithook(_refuse)
"""


@pytest.fixture
def without_sockets(tmp_path: Path) -> dict[str, str]:
    """Variables with which no Python process, nor one started by it, can make a socket."""
    folder = tmp_path / "no-sockets"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NO_SOCKETS)
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(REPO)])}


def test_sockets_are_refused_in_this_test(without_sockets: dict[str, str]):
    command = [sys.executable, "-P", "-c", "import socket; socket.socket()"]
    done = subprocess.run(command, env=os.environ | without_sockets, capture_output=True, text=True)
    assert "a night opened a socket" in done.stderr


def test_a_night_opens_no_socket(told: Home, without_sockets: dict[str, str]):
    """The whole night and its exam, as the command starts them; where the system can do it, in a
    network of its own with nothing in it, which holds for native code as well."""
    alone = ["unshare", "--map-root-user", "--net"]
    can = shutil.which("unshare") and subprocess.run([*alone, "true"], check=False).returncode == 0
    command = [sys.executable, "-P", "-m", "sleep", "night"]
    done = subprocess.run(
        [*(alone if can else []), *command],
        env=os.environ | told.environment | without_sockets | {"REVERIE_EXAM__NEW": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr
    parts = {row["part"] for row in told.rows("SELECT part FROM exam_answers")}
    assert parts == {"new", "general", "in_prompt", "unknown"}
    told.check()
