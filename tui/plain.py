"""`reverie --plain`: the same conversation as lines of text, for screen readers and bare terminals.

No colours, no boxes, nothing redrawn: what is said comes once, in order. stdin may be a pipe.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Final, TextIO

import assistant.quiet  # noqa: F401 - before anything that it silences
from assistant.errors import ReverieError
from assistant.exit_codes import ExitCode
from assistant.journal import memories as ledger
from assistant.journal.nights import nights
from assistant.night_process import NightProcess, stop
from assistant.paths import Paths
from assistant.plural import counted
from assistant.printable import printable
from tui import when
from tui.session import Session, Swapped

HELP: Final = """\
Type a message and press Enter; Ctrl+C stops the reply. Commands:
/new       begin a new conversation
/off       talk off the record, or on it again
/search    /search WORDS finds what was said
/memories  what it knows
/nights    what the nights did
/sleep     start a night; it goes on without this window
/wake      stop the night that is running
/status    awake, drowsy or asleep
/quit      leave (or Ctrl+D)"""


class Plain:
    """One conversation, line by line. `out` gets the replies, `notes` everything else."""

    def __init__(self, session: Session, out: TextIO, notes: TextIO) -> None:
        self._session = session
        self._out = out
        self._notes = notes
        self._off_record = False
        self._commands: dict[str, Callable[[str], None]] = {
            "new": self._new,
            "off": self._off,
            "search": self._search,
            "memories": self._memories,
            "nights": self._nights,
            "sleep": self._sleep,
            "wake": self._wake,
            "status": self._status,
            "help": lambda _: self.note(HELP),
        }

    def note(self, text: str) -> None:
        """Say something of the program's own."""
        print(printable(text), file=self._notes, flush=True)

    def run(self, read: Callable[[], str]) -> None:
        """Talk until `read` raises EOFError or /quit is typed."""
        thread = self._session.last_thread()
        self.note("Reverie, plain. /help lists the commands.")
        if thread.messages:
            said = counted(len(thread.messages), "message")
            self.note(f"The last conversation goes on; it has {said}.")
        self._status("")
        while True:
            try:
                line = read().strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                self.note("")
                continue
            if line == "/quit":
                return
            if line:
                self.take(line)

    def take(self, line: str) -> None:
        """One line: a command or a message; what goes wrong is said and no more."""
        try:
            if line.startswith("/"):
                name, _, rest = line[1:].partition(" ")
                command = self._commands.get(name)
                if command is None:
                    self.note(f"There is no command /{name}; /help lists them.")
                else:
                    command(rest.strip())
            else:
                self._say(line)
        except ReverieError as error:
            self.note(str(error))

    def _say(self, text: str) -> None:
        from assistant.turn import Finished, Token, Trimmed

        turn = self._session.turn(text, self._off_record)
        with contextlib.closing(turn):
            try:
                for event in turn:
                    if isinstance(event, Token):
                        print(printable(event.text), end="", file=self._out, flush=True)
                    elif isinstance(event, Trimmed):
                        self.note(f"The first {event.messages} messages no longer fit.")
                    elif isinstance(event, Swapped):
                        served = event.served.generation
                        self.note(f"Generation {served} answers from now on.")
                    elif isinstance(event, Finished) and event.stopped:
                        self.note("\nStopped.")
            except KeyboardInterrupt:
                self._session.stop()
                self.note("\nStopped.")
        print(file=self._out, flush=True)

    # -- commands

    def _new(self, _: str) -> None:
        self._session.new()
        self.note("A new conversation.")

    def _off(self, _: str) -> None:
        self._off_record = not self._off_record
        self.note("Off the record." if self._off_record else "On the record again.")

    def _search(self, words: str) -> None:
        hits = self._session.journal.search(words)
        self.note(f"{len(hits)} found.")
        for hit in hits:
            who = "You" if hit.message.role == "user" else "Reverie"
            self.note(f"{when.moment(hit.message.created)}, {who}: {hit.snippet}")

    def _memories(self, _: str) -> None:
        found = ledger.memories(self._session.journal)
        held = [memory for memory in found if memory.text]
        self.note(f"{counted(len(held), 'memory', 'memories')}.")
        for memory in held:
            self.note(f"{memory.id}, {memory.state}: {memory.text}")

    def _nights(self, _: str) -> None:
        found = nights(self._session.journal)
        self.note(f"{counted(len(found), 'night')}.")
        for night in found:
            why = f": {night.reason}" if night.reason else ""
            self.note(f"{night.id}, {when.moment(night.started)}, {night.outcome}{why}")

    def _sleep(self, _: str) -> None:
        if self._session.pulse().state == "asleep":
            self.note("A night is running already; /wake stops it.")
            return
        self._session.night = NightProcess(self._session.paths, ["night"])
        self.note("Good night. You may go on talking, or leave; the night goes on.")

    def _wake(self, _: str) -> None:
        pid = self._session.pulse().pid
        if pid is None:
            self.note("No night is running.")
        else:
            stop(pid)
            self.note("The night was asked to end; what it has finished is kept.")

    def _status(self, _: str) -> None:
        pulse = self._session.pulse()
        self.note(f"{pulse.words}; {counted(pulse.unslept, 'message')} to sleep on.")


def run(paths: Paths | None = None) -> int:
    """Talk on stdin and stdout; the exit code."""
    session = Session(paths or Paths.resolve().make())
    prompt = "You: " if sys.stdin.isatty() else ""
    with contextlib.closing(session):
        Plain(session, sys.stdout, sys.stderr).run(lambda: input(prompt))
    return ExitCode.DONE
