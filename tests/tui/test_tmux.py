"""A day in a real terminal: tmux types, and what stands on its screen is read.

It runs where tmux is installed, on the tiny model: what is said makes no sense, all else is real.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.journal import Journal
from assistant.journal.drafts import draft
from assistant.paths import Paths
from tests.tui import story

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "--map-root-user", "--net"] if shutil.which("unshare") else ["false"]

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One tmux server of the test's own, with one window."""

    def __init__(self, socket: Path) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, text=True)
        return done.stdout

    def start(self, command: list[str], environment: dict[str, str]) -> None:
        values = [each for name, value in environment.items() for each in ("-e", f"{name}={value}")]
        self.run("new-session", "-d", "-x", "80", "-y", "24", *values, *command)

    def type(self, text: str) -> None:
        self.run("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self.run("send-keys", *keys)

    def screen(self) -> str:
        return self.run("capture-pane", "-p")

    def reads(self, *words: str) -> str:
        """Wait until all these stand on the screen; the screen."""
        for _ in range(1200):
            seen = self.screen()
            if all(each in seen for each in words):
                return seen
            time.sleep(0.05)  # another process draws: its screen is all there is to wait on
        pytest.fail(f"{words} never stood on the screen:\n{self.screen()}")

    def gone(self) -> None:
        """Wait until the program has left."""
        for _ in range(1200):
            if not self.run("list-sessions").strip():
                return
            time.sleep(0.05)
        pytest.fail(f"the program never left:\n{self.screen()}")


def _far_from_now() -> str:
    """Hours of sleep that neither hold now nor begin soon: it is awake all the while."""
    start = datetime.now() + timedelta(hours=12)
    return f"{start:%H:%M}-{start + timedelta(hours=1):%H:%M}"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "tmux")
    yield terminal
    terminal.run("kill-server")


COLOUR = re.compile(r"\x1b\[(?:[0-9;:]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;:m]")


def test_a_terminal_without_colours_is_sent_none(terminal: Terminal, reverie_home: Path) -> None:
    story.tell(Paths.under(reverie_home).make())
    environment = {
        "PYTHONPATH": str(ROOT),
        "REVERIE_HOME": str(reverie_home),
        "COLORTERM": "truecolor",
        "NO_COLOR": "1",
    }
    terminal.start([sys.executable, "-P", "-m", "assistant.cli.main"], environment)
    for key, words in {
        "F2": "Your dog is called Biscuit.",
        "F3": "When does Nora visit?",
        "F4": "waits for your approval",
        "F5": "Known by heart (3)",
        "F6": "Only the weights speak",
        "F1": "Keys and commands",
    }.items():
        terminal.press(key)
        terminal.reads(words)
        drawn = terminal.run("capture-pane", "-p", "-e")
        assert "\x1b[1m" in drawn, "bold is no colour"
        assert not COLOUR.findall(drawn)
    assert COLOUR.findall("\x1b[1m\x1b[38;2;1;2;3mx\x1b[1;31my\x1b[48:5:1mz") == [
        "\x1b[38;",
        "\x1b[1;31m",
        "\x1b[48:",
    ]


@pytest.mark.parametrize("network", ["the machine's", "none"])
def test_a_day_in_tmux(
    network: str, terminal: Terminal, tiny_gguf: Callable[..., Path], reverie_home: Path
) -> None:
    """The same with the machine's network, and in a namespace that has none."""
    within = ALONE if network == "none" else []
    if subprocess.run([*within, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network of its own for a user here")
    environment = {
        "PYTHONPATH": str(ROOT),
        "REVERIE_HOME": str(reverie_home),
        "REVERIE_MODEL__PATH": str(tiny_gguf("llama", "Q8_0")),
        "REVERIE_MODEL__N_CTX": "1024",
        "REVERIE_CHAT__MAX_TOKENS": "16",
        "REVERIE_CHAT__SEED": "1",
        "REVERIE_SCHEDULE__WINDOW": _far_from_now(),
    }
    command = [*within, sys.executable, "-P", "-m", "assistant.cli.main"]
    terminal.start(command, environment)
    terminal.reads("Hello. I run on this machine only", "awake · generation 0")
    terminal.type("/demo")
    terminal.reads("Watch a written day")
    terminal.press("Enter")
    terminal.reads("Ctrl+C ends it")
    terminal.press("C-c")
    terminal.reads("Enter goes back to your conversation")
    terminal.press("Enter")
    terminal.reads("Hello. I run on this machine only", "awake · generation 0")
    terminal.type("My dog is called Biscuit.")
    terminal.press("Enter")
    terminal.reads("You", "My dog is called Biscuit.", "Reverie", "tok/s")
    terminal.press("C-o")
    terminal.reads("OFF THE RECORD")
    terminal.type("A secret.")
    terminal.press("Enter")
    terminal.reads("A secret.", "You · off the record")
    terminal.press("C-o", "C-f")
    terminal.reads("Search everything that was said")
    terminal.type("biscuit")
    terminal.reads("1 found")
    terminal.press("Escape")  # and not at once another key: Escape begins what many keys send
    terminal.reads("A secret.", "awake · generation 0  ")
    terminal.press("F3")
    terminal.reads("There was no night yet", "1 message to sleep on")
    terminal.press("F4")
    terminal.reads("What you tell is noted")
    terminal.press("F1")
    terminal.reads("Keys and commands")
    terminal.press("Escape")
    terminal.reads("What you tell is noted")
    terminal.press("F2")
    terminal.type("a draft")
    terminal.reads("a draft")
    terminal.press("C-q")
    terminal.gone()
    with Journal.open(Paths.under(reverie_home).journal) as journal:
        said = [(m.content, m.off_record) for m in journal.messages(1) if m.role == "user"]
    assert said == [("My dog is called Biscuit.", False), ("A secret.", True)]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGHUP], ids=["killed", "hung up"])
def test_a_draft_survives_the_end_of_the_program_and_of_its_terminal(
    end: signal.Signals, terminal: Terminal, tiny_gguf: Callable[..., Path], reverie_home: Path
) -> None:
    environment = {
        "PYTHONPATH": str(ROOT),
        "REVERIE_HOME": str(reverie_home),
        "REVERIE_MODEL__PATH": str(tiny_gguf("llama", "Q8_0")),
    }
    command = [sys.executable, "-P", "-m", "assistant.cli.main"]
    terminal.start(command, environment)
    terminal.reads("Hello. I run on this machine only")
    terminal.type("half a thought")
    terminal.reads("half a thought")
    with Journal.open(Paths.under(reverie_home).journal) as journal:
        for _ in range(1200):
            if draft(journal, 0) == "half a thought":
                break
            time.sleep(0.05)
    os.kill(int(terminal.run("list-panes", "-F", "#{pane_pid}")), end)
    terminal.gone()
    terminal.start(command, environment)
    terminal.reads("half a thought")
