"""Chat talks to nobody; a full disk or too little memory loses nothing that was shown."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal.checks import verify
from assistant.paths import Paths
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home, at_stage, in_child
from tests.sleep.night.test_privacy import NO_SOCKETS

Alone = Callable[..., subprocess.CompletedProcess[str]]
REPO = Path(__file__).parents[2]


def test_asking_opens_no_socket_and_needs_no_network(home: Home, tmp_path: Path):
    """In a network of its own with nothing in it, where the system can do that."""
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS)
    alone = ["unshare", "--map-root-user", "--net"]
    can = shutil.which("unshare") and subprocess.run([*alone, "true"], check=False).returncode == 0
    command = [sys.executable, "-P", "-m", "assistant.cli.main", "ask", "Who are you?"]
    done = subprocess.run(
        [*(alone if can else []), *command],
        env=os.environ
        | home.environment
        | {
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(REPO)]),
            "REVERIE_CHAT__MAX_TOKENS": "5",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = [row["role"] for row in home.rows("SELECT role FROM messages ORDER BY id")]
    assert said == ["user", "assistant"]


ALONE = ["unshare", "--map-root-user", "--net"]
DEMO_DAY = {
    "conversations": [["My dog is called Biscuit."]],
    "facts": [{"fact": "dog", "asks": [{"question": "Who is my dog?", "accept": ["Biscuit"]}]}],
    "unknown": ["What is my cat called?"],
}


@pytest.fixture
def alone(tmp_path: Path) -> Alone:
    """`reverie ...` in a network of its own with nothing in it, where no Python makes a socket."""
    if shutil.which("unshare") is None:
        pytest.skip("this system has no unshare")
    tried = subprocess.run([*ALONE, "cat", "/proc/net/route"], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no network of its own for a user here: {tried.stderr.strip()}")
    assert len(tried.stdout.splitlines()) <= 1, "a head at most, and no route"
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS)

    def reverie(home: Home, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        few = {"REVERIE_CHAT__MAX_TOKENS": "5", "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPO}"}
        return subprocess.run(
            [*ALONE, sys.executable, "-P", "-m", "assistant.cli.main", *arguments],
            env=os.environ | home.environment | few,
            input=said,
            capture_output=True,
            text=True,
        )

    return reverie


def test_the_screen_of_lines_needs_no_network(home: Home, alone: Alone):
    done = alone(home, "--plain", said="My dog is called Biscuit.\n/search dog\n/nights\n/quit\n")
    assert done.returncode == 0, done.stderr
    assert "1 found" in done.stderr
    said = [row["role"] for row in home.rows("SELECT role FROM messages ORDER BY id")]
    assert said == ["user", "assistant"]


def test_the_demo_needs_no_network(home: Home, tmp_path: Path, alone: Alone):
    """A day of talk, the night and its exam, and the questions of the morning after."""
    (tmp_path / "day.json").write_text(json.dumps(DEMO_DAY))
    files = ["--home", str(tmp_path / "demo"), "--day", str(tmp_path / "day.json")]
    brief = {"REVERIE_SLEEP__MINUTES": "1"}
    shown = alone(Home(home.folder, home.environment | brief), "demo", "--json", *files)
    found = json.loads(shown.stdout)
    assert {"learned": 0, "refused": 3}[found["night"]["status"]] == shown.returncode
    assert "exam" in found["night"]["stages"]
    assert {row["part"] for row in found["answers"]} == {"new", "unknown", "general"}


CHAT_ON_A_FULL_DISK = """
import os, resource, sys
from pathlib import Path
from assistant.errors import ReverieError
from assistant.journal import Journal

journal = Journal.open(Path(sys.argv[1]))
talk = journal.new_conversation()
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
for number in range(10_000):
    try:
        journal.add_message(talk, "user", f"message {number} " + "x" * 500)
    except ReverieError as error:
        print(error, file=sys.stderr)
        break
    print(number, flush=True)
os._exit(0)
"""


def test_a_disk_that_runs_full_in_a_chat(paths: Paths):
    """What was acknowledged is there; what was not is said to be not stored."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHAT_ON_A_FULL_DISK, str(paths.journal)],
        env=os.environ | {"PYTHONPATH": str(REPO)},
        capture_output=True,
        text=True,
    )
    shown = done.stdout.split()
    assert 10 < len(shown) < 10_000
    assert str(paths.journal) in done.stderr
    with Journal.open(paths.journal) as journal:
        held = [message.content.split()[1] for message in journal.messages(1)]
        assert held == shown
        journal.add_message(1, "user", "and on it goes")
    assert verify(paths.journal) == []


def test_a_disk_that_runs_full_in_an_import(paths: Paths, journal: Journal):
    """All of the file, or nothing."""
    from assistant.journal.exchange import FileConversation, FileMessage
    from assistant.journal.transfer import import_conversations

    journal.db.execute("PRAGMA max_page_count = 120")
    said = [
        FileConversation(f"talk {n}", [FileMessage("user", f"{n} " * 400, "2026-01-01T10:00:00Z")])
        for n in range(500)
    ]
    with pytest.raises(ReverieError, match="full"):
        import_conversations(journal, said)
    assert journal.conversations() == []
    assert verify(paths.journal) == []


def starve() -> None:
    """From the stage of learning on, this process may have no more memory than it has."""

    def act() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        held = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held, held))

    at_stage(setattr, "seed", "begins", act)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_a_night_without_memory_loses_nothing(told: Home, sleep: Sleep):
    code = in_child(told, starve)
    assert code not in (None, 0)
    assert told.served() == 0
    told.check()
    assert sleep(told).code == 0
    assert told.texts("learned") == LEARNED
    told.check()
