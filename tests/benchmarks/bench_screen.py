"""How long the terminal screens keep somebody waiting, measured at a real terminal's two ends.

    python -m tests.benchmarks.bench_screen [paint idle long many model stop night ...]

A pseudo-terminal starts the program, types, and reads what is drawn. Wanted: the first paint under
0.7 s warm, a key echoed in under 30 ms, whatever goes on meanwhile:

    paint   the real program, from its start to the input line
    idle    keys typed into an empty conversation
    long    keys typed while a reply of 10,000 lines streams, 500 lines a second
    code    the same, and the reply is one block of code
    many    keys typed, and pages turned, in a conversation of 5,000 messages
    model   keys typed while the starter model replies
    stop    Esc while the starter replies, and while it reads a long message (wanted: 100 ms)
    night   keys typed while a night on the starter model runs
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import psutil

from assistant import settings
from assistant.journal import Journal
from assistant.paths import Paths
from tests.fake_engine import FakeEngine

SIZE = (110, 34)
LINES = 10_000
STREAMED_S = 20
"""A reply is there after so many seconds."""
MESSAGES = 5_000
_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[@-Z\\-_]|\][^\x07]*\x07)")
_KEYS = "QXZWVKJY"
"""Letters that nothing else on these screens has."""


class Terminal:
    """A program in a pseudo-terminal, whose output is read as fast as it comes."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self._seen = b""
        self._last = 0.0
        self.replied = threading.Event()
        """A reply has ended: its figures have been drawn."""
        self._changed = threading.Condition()
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(REVERIE_HOME=str(home), TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(command[0], list(command))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):  # it has ended
            while data := os.read(self._fd, 1 << 16):
                with self._changed:
                    self._seen += data
                    self._last = time.perf_counter()
                    if b"tok/s" in data:
                        self.replied.set()
                    self._changed.notify()

    def type(self, keys: str) -> None:
        """Send keys; nothing drawn before counts any more."""
        with self._changed:
            self._seen = b""
        os.write(self._fd, keys.encode())

    def says(self, text: str) -> bool:
        """Whether it has been drawn since the last key."""
        return text.encode() in _ESCAPES.sub(b"", self._seen)

    def until(self, text: str, seconds: float = 60.0) -> float:
        """The moment at which `text` has been drawn; empty: anything at all."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._seen and self.says(text), seconds):
                raise SystemExit(f"{text!r} was never drawn: {self._seen[-2000:]!r}")
            return self._last

    def quiet(self, seconds: float = 0.4) -> None:
        """Wait until nothing has been drawn for so long."""
        while time.perf_counter() - self._last < seconds:
            time.sleep(seconds / 10)

    def echo(self, key: str) -> float:
        """Milliseconds from a key to its letter on the screen."""
        started = time.perf_counter()
        self.type(key)
        return 1000 * (self.until(key) - started)

    def close(self) -> None:
        """End it, and wait."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


@contextmanager
def opened(*arguments: str, home: Path) -> Iterator[Terminal]:
    """The real program, or this one as a child, with something on its screen."""
    command = [sys.executable, "-P", "-m", *(arguments or ("assistant.cli.main",))]
    terminal = Terminal(command, home)
    try:
        yield terminal
    finally:
        terminal.close()


def say(name: str, found: Sequence[float], unit: str = "ms") -> None:
    """One line of figures."""
    ordered = sorted(found)
    ninetieth = ordered[int(0.9 * (len(ordered) - 1))]
    print(
        f"{name:<42} median {statistics.median(ordered):7.2f}, 90 % {ninetieth:7.2f}, "
        f"worst {ordered[-1]:7.2f} {unit} (of {len(ordered)})",
        flush=True,
    )


def typing(terminal: Terminal, rounds: int, pause: float = 0.05) -> list[float]:
    """Echoes of letters typed one by one, a person's pause between them."""
    found = []
    for _ in range(rounds):
        for key in _KEYS:
            found.append(terminal.echo(key))
            time.sleep(pause)
        terminal.type("\x7f" * len(_KEYS))
        terminal.until("Ctrl+J makes")
    return found


def paint(home: Path) -> None:
    """From the start of the process to the first screen."""
    found, worked = [], []
    for _ in range(8):
        with opened(home=home) as terminal:
            found.append(terminal.until("Message") - terminal.started)
            worked.append(sum(psutil.Process(terminal.pid).cpu_times()[:2]))
    say("first paint, warm", found[1:], "s ")
    say("the processor's part of it", worked[1:], "s ")


def idle(home: Path) -> None:
    """Nothing else goes on."""
    with opened(_ME, "--child", "short", home=home) as terminal:
        terminal.until("generation 0")
        terminal.quiet()
        say("a key, nothing going on", typing(terminal, 5))


def long(home: Path, kind: str = "long") -> None:
    """A reply that does not end."""
    with opened(_ME, "--child", kind, home=home) as terminal:
        terminal.until("generation 0")
        terminal.quiet()
        terminal.type("go\r")
        terminal.until("many")  # which line is drawn first depends on the machine
        began = time.perf_counter()
        found: list[float] = []
        while not found or not terminal.replied.is_set():
            for key in _KEYS:
                time.sleep(0.05)
                found.append(terminal.echo(key))
            terminal.type("\x7f" * len(_KEYS))
            terminal.until("Ctrl+J makes")
        say(f"a key, {kind} reply of {LINES:,} lines", found)
        print(f"{'':<42} it took {time.perf_counter() - began:.1f} s to stream")
        say(f"a key, after the {kind} reply", typing(terminal, 3))
        say(f"a page up in the {kind} reply", pages(terminal, 20))
        say("a key, scrolled up", typing(terminal, 3))


def pages(terminal: Terminal, count: int) -> list[float]:
    """From a page key to the first thing drawn for it."""
    found = []
    for _ in range(count):
        terminal.quiet(0.15)
        started = time.perf_counter()
        terminal.type("\x1b[5~")
        found.append(1000 * (terminal.until("") - started))
    return found


def many(home: Path) -> None:
    """A long conversation."""
    with Journal.open(Paths.under(home).make().journal) as journal:
        talk, parent = journal.new_conversation("Long"), None
        for n in range(MESSAGES):
            role = "assistant" if n % 2 else "user"
            text = f"line {n} of **many**\n\n- one\n- two `{n}`\n\nand so on"
            parent = journal.add_message(talk, cast(Any, role), text, parent_id=parent)
    with opened(_ME, "--child", "short", home=home) as terminal:
        ready = terminal.until(f"line {MESSAGES - 1} of") - terminal.started
        print(f"{'5,000 messages, until the last is drawn':<42} {ready:.2f} s")
        terminal.until("generation 0")
        terminal.quiet()
        say("a key, 5,000 messages", typing(terminal, 3))
        say("a page up, 5,000 messages", pages(terminal, 60))
        say("a key, scrolled up", typing(terminal, 3))
        terminal.type("go\r")
        terminal.until("tok/s")
        terminal.quiet()
        say("a key, after one more turn", typing(terminal, 3))


def model(home: Path) -> None:
    """The starter at work in the same process."""
    settings.store(Paths.under(home).make(), "chat.max_tokens", "4000")
    with opened(home=home) as terminal:
        terminal.until("generation 0")
        terminal.quiet()
        terminal.type("Write a long story about a river.\r")
        terminal.until("Reverie")
        found = []
        for _ in range(6):
            found += typing(terminal, 1)
            if terminal.replied.is_set():
                terminal.replied.clear()
                terminal.type("More.\r")
                terminal.until("Reverie")
        say("a key, the starter replying", found)


def stop(home: Path) -> None:
    """From Esc to the word "stopped" on the screen."""
    settings.store(Paths.under(home).make(), "chat.max_tokens", "4000")
    with opened(home=home) as terminal:
        terminal.until("generation 0")
        for name, message, begun in (
            ("Esc in a reply", "Write a long story about a river.", "Reverie"),
            ("Esc while it reads a long message", "a word of many " * 400, "Ctrl+J makes"),
        ):
            found = []
            for _ in range(8):
                terminal.quiet()
                terminal.type(f"\x1b[200~{message}\x1b[201~\r")
                terminal.until(begun)
                time.sleep(0.5)
                started = time.perf_counter()
                terminal.type("\x1b")
                found.append(1000 * (terminal.until("stopped") - started))
                terminal.type("\x0e")  # Ctrl+N
                terminal.until("Hello. I run on this machine only")
            say(name, found)


def night(home: Path) -> None:
    """A night at work in a process of its own."""
    with Journal.open(Paths.under(home).make().journal) as journal:
        talk = journal.new_conversation("Day")
        for text in ("My dog is called Biscuit.", "I work as a nurse in Leeds.", "I live in Hull."):
            journal.add_message(talk, "user", text)
    with opened(home=home) as terminal:
        terminal.until("generation 0")
        command = [sys.executable, "-P", "-m", "sleep", "night", "--minutes", "10"]
        with subprocess.Popen(
            command,
            env=os.environ | {"REVERIE_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                terminal.until("running: learning", 300)
                say("a key, a night learning", typing(terminal, 8))
                terminal.type("\x1bOR")  # F3
                terminal.until("Learning now", 300)  # the first night asks for its anchors first
                terminal.type("\x1bOQ")  # F2
                terminal.quiet(0.2)
                say("a key, a night learning, once more", typing(terminal, 4))
            finally:
                for each in psutil.Process(process.pid).children(recursive=True):
                    each.kill()
                process.kill()


class Coming(list[str]):
    """Pieces that come one by one."""

    def __iter__(self) -> Iterator[str]:
        """All of them within STREAMED_S."""
        for piece in super().__iter__():
            time.sleep(STREAMED_S / len(self))
            yield piece


def child(kind: str) -> None:
    """The program with an engine that needs next to no time."""
    from tui.app import ReverieApp
    from tui.session import Session

    chunk = "line {n} of **many**, and _so_ on\n\n"
    lines = [chunk.format(n=n) for n in range(LINES // 2)]
    if kind == "code":
        lines = ["```python\n", *(f"line {n} = many({n})  # so on\n" for n in range(LINES)), "```"]
    reply = ["Yes."] if kind == "short" else Coming(lines)
    session = Session(
        Paths.under(Path(os.environ["REVERIE_HOME"])).make(),
        cast(Any, lambda *_: FakeEngine(*(cast(Any, reply) for _ in range(9)))),
    )
    ReverieApp(session).run()
    session.close()


_ME = "tests.benchmarks.bench_screen"
KINDS: dict[str, Callable[[Path], None]] = {
    "paint": paint,
    "idle": idle,
    "long": long,
    "code": lambda home: long(home, "code"),
    "many": many,
    "model": model,
    "stop": stop,
    "night": night,
}


def main() -> None:
    """Measure what was asked for, each in a home of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, may use {len(os.sched_getaffinity(0))}; load before {load:.2f}")
    for kind in options.kinds:
        with tempfile.TemporaryDirectory(prefix="reverie-screen-") as home:
            KINDS[kind](Path(home))


if __name__ == "__main__":
    main()
