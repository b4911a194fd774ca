"""Kills anywhere, and what is left afterwards: `python -m tests.guarantees.sweep --kills 200`.

Every work that writes (a chat, a night, an import, a migration, a switch of models, forgetting)
runs in a process of its own, which is killed at a random moment by the kernel (the default action
of SIGALRM: no handler, no clean-up, the same as kill -9), nights also at every border of a stage.
Then the next start looks: is every message there that was shown as sent, is the served model the
old or the new one and whole, is every memory in the prompt or in the served model, does the night
go on? Prints the count, and "0 lost" if so.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.integrity import damages
from assistant.journal import Journal
from assistant.journal.checks import verify
from assistant.journal.exchange import FileConversation, FileMessage
from assistant.journal.memories import memories
from assistant.journal.transfer import import_conversations
from assistant.settings import ChatSettings
from assistant.turn import Assistant, Token, run_turn
from sleep.__main__ import main as sleep_main
from tests.fake_engine import FakeEngine
from tests.fixtures_gguf import make_tiny_gguf
from tests.sleep.night.helpers import (
    STAGES,
    Home,
    become,
    kill_around_promotion,
    kill_in_stage,
    prepare,
)

_MODULE = "tests.guarantees.sweep"
DAY = ("My dog is called Biscuit.", "I work as a nurse in Leeds.")
FIRST_SCHEMA = Path(__file__).parents[1] / "assistant" / "data" / "journal-v1.sql"
Work = Callable[[Home], None]


@dataclass
class Tally:
    """What a sweep has seen so far."""

    kills: int = 0
    finished: int = 0
    """Works that were done before their moment came."""
    lost: list[str] = field(default_factory=list)


# -- works: each runs in a child, and says what it has shown by `_shown`


def _shown(home: Home, text: str) -> None:
    """Note what a person has seen; to the kernel at once, and not into the home under test."""
    with home.folder.with_name(home.folder.name + ".shown").open("a") as file:
        file.write(text.replace("\n", " ") + "\n")


def shown(home: Home) -> list[list[str]]:
    path = home.folder.with_name(home.folder.name + ".shown")
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split("\t", 1) for line in lines]


def chat(home: Home) -> None:
    """Many turns, message and reply; every piece is noted once it would be on the screen."""
    with Journal.open(home.paths.journal) as journal:
        talk = journal.new_conversation()
        for number in range(200):
            engine = FakeEngine("one two three four five six seven eight nine ten")
            who = Assistant(journal, engine.as_engine(), ChatSettings(), 0)
            for event in run_turn(who, talk, f"message {number}"):
                if isinstance(event, Token):
                    _shown(home, f"{number}\t{event.text}")


def night(home: Home) -> None:
    """A short night with a scripted exam."""
    prepare(setattr, home, True)
    sleep_main(["night"])


def take_in(home: Home) -> None:
    """An import of a hundred conversations."""
    said = [
        FileConversation(f"talk {n}", [FileMessage("user", f"imported {n}", _time(n))])
        for n in range(100)
    ]
    with Journal.open(home.paths.journal) as journal:
        import_conversations(journal, said)


def _time(number: int) -> str:
    return f"2026-01-01T10:{number // 60:02}:{number % 60:02}.000000+00:00"


def switch(home: Home) -> None:
    """Back and forth between the base and generation 1."""
    with Journal.open(home.paths.journal) as journal:
        for number in range(60):
            Generations(home.paths, journal).switch(number % 2)


def forget_one(home: Home) -> None:
    """The first memory is forgotten."""
    with Journal.open(home.paths.journal) as journal:
        forget(journal, Generations(home.paths, journal), 1)
    _shown(home, "forgotten\t1")


def migrate(home: Home) -> None:
    """Open a journal of the first schema."""
    Journal.open(home.paths.journal).close()
    _shown(home, "migrated\t1")


def _kill_after(seconds: float) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _child(home: Home, work: Work, killer: Callable[[], object]) -> None:
    become(os.environ, home.environment)
    (home.folder.parent / "log").mkdir(exist_ok=True)
    log = os.open(home.folder.parent / "log" / home.folder.name, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    killer()
    work(home)


def run(home: Home, work: Work, killer: Callable[[], object] = int) -> int | None:
    """Do a work in a child; its exit code, -9 or -14 when it was killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["sleep.night", "sleep.engines.peft", _MODULE])
    process = context.Process(target=_child, args=(home, work, killer))
    process.start()
    process.join()
    return process.exitcode


# -- what is looked at afterwards


def look(home: Home) -> list[str]:
    """What is wrong after the next start; nothing is mended by hand."""
    wrong = []
    with Journal.open(home.paths.journal) as journal:
        generations = Generations(home.paths, journal)
        generations.settle()
        wrong += verify(home.paths.journal)
        wrong += map(str, damages(generations, journal))
        served = generations.current()
        if served.id and not generations.is_intact(served.id):
            wrong.append(f"generation {served.id} is served and is not whole")
        wrong += _in_neither(journal, served.id)
        said = {m.content for each in journal.conversations(500) for m in journal.messages(each.id)}
    wrong += [f"message {text!r} is gone" for text in DAY if text not in said]
    return wrong + _unsaid(home, said)


def _unsaid(home: Home, said: set[str]) -> list[str]:
    """What was on the screen of a chat and is not in the journal."""
    replies: dict[str, str] = {}
    for key, text in shown(home):
        if key.isdecimal():
            replies[key] = replies.get(key, "") + text
    lost = [n for n in replies if f"message {n}" not in said]
    words = {text.strip() for text in said}
    last = max(replies, key=int, default="")
    for number, reply in replies.items():
        whole = "one two three four five six seven eight nine ten"
        held = whole in words if number != last else any(w.startswith(reply.strip()) for w in words)
        if not held:
            lost.append(number)
    return [f"turn {number} was shown and is not there" for number in lost]


def _in_neither(journal: Journal, served: int) -> list[str]:
    """Memories that count as learned, by a night that the served model does not come from."""
    line = (
        "WITH RECURSIVE line(id) AS (SELECT ? UNION"
        " SELECT parent FROM generations JOIN line ON generations.id = line.id)"
        " SELECT nights.id FROM nights WHERE generation IN (SELECT id FROM line)"
    )
    with journal.reading() as db:
        nights = {row[0] for row in db.execute(line, [served]).fetchall()}
    return [
        f"memory {each.id} is in neither the prompt nor the served model"
        for each in memories(journal, ["learned"])
        if each.night not in nights
    ]


# -- the sweep


@dataclass
class Sweep:
    """Homes to copy from, and a tally."""

    folder: Path
    tally: Tally = field(default_factory=Tally)
    rng: random.Random = field(default_factory=lambda: random.Random(0))

    def prepare(self) -> None:
        """A home on the evening of a day, one on the morning after, and one of the first schema."""
        model = make_tiny_gguf("llama", self.folder / "tiny.gguf", 0, "Q8_0")
        self.evening = Home.make(self.folder / "evening", model)
        self.evening.tell(*DAY)
        become(os.environ, self.evening.environment)
        for name in ("first", "morning"):  # the first one starts the fork server as well
            self.morning = self.evening.copy(self.folder / name)
            started = time.monotonic()
            assert run(self.morning, night) == 0
        self.night_s = time.monotonic() - started
        self.old = Home.make(self.folder / "old", model)
        with closing(sqlite3.connect(self.old.paths.journal)) as connection:
            connection.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))

    def once(self, name: str, source: Home, work: Work, killer: Callable[[], None]) -> None:
        """One kill, and what is there afterwards."""
        home = source.copy(self.folder / f"{self.tally.kills + self.tally.finished:04}-{name}")
        code = run(home, work, killer)
        if code is not None and code < 0:
            self.tally.kills += 1
        else:
            self.tally.finished += 1
        try:
            wrong = self._afterwards(name, home)
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        self.tally.lost += [f"{home.folder.name} ({code}): {each}" for each in wrong]
        if not wrong:
            shutil.rmtree(home.folder)

    def _afterwards(self, name: str, home: Home) -> list[str]:
        if name == "migrate":
            with Journal.open(home.paths.journal) as journal:
                held = [m.content for m in journal.thread(2)]
            return [] if len(held) == 2 else ["messages of the old journal are gone"]
        if name == "forget":
            return self._after_forgetting(home)
        wrong = look(home)
        if name == "import":
            count = home.rows("SELECT count(*) AS n FROM conversations")[0]["n"]
            wrong += [] if count in (1, 101) else [f"{count} conversations: half an import"]
        if name == "night":
            code = run(home, night)
            texts = home.texts("learned")
            if code not in (0, 4) or len(texts) != len(DAY) or home.texts() != texts:
                wrong.append(f"the next night ended with {code}, and knows {texts}")
            wrong += look(home)
        return wrong

    def _after_forgetting(self, home: Home) -> list[str]:
        """All of it is gone, or nothing; told that it is gone, it is."""
        states = {m.id: m.state for m in home.memories()}
        with Journal.open(home.paths.journal) as journal:
            generations = Generations(home.paths, journal)
            generations.settle()
            served, gone = generations.current_id(), states[1] == "forgotten"
            wrong = verify(home.paths.journal) + _in_neither(journal, served)
        if gone and served:
            wrong.append("the model that knows it is served")
        if gone and home.generation(1).exists():
            wrong.append("the model that knows it is still on the disk")
        if shown(home) and not gone:
            wrong.append("it was said to be forgotten, and is not")
        return wrong

    def borders(self, stages: Sequence[str] = STAGES) -> None:
        """A kill on both sides of every border of a night, and around the switch."""
        for stage in stages:
            self.once("night", self.evening, night, partial(_in_stage, stage, "begins"))
            self.once("night", self.evening, night, partial(_in_stage, stage, "ends"))
        self.once("night", self.evening, night, partial(_around, "begins"))
        self.once("night", self.evening, night, partial(_around, "ends"))

    def at_random(self, kills: int) -> None:
        """So many kills at random moments: a quarter of them in nights."""
        other: list[tuple[str, Home, Work, float]] = [
            ("chat", self.evening, chat, 1.0),
            ("import", self.evening, take_in, 0.1),
            ("switch", self.morning, switch, 0.6),
            ("forget", self.morning, forget_one, 0.15),
            ("migrate", self.old, migrate, 0.1),
        ]
        for number in range(kills):
            name, home, work, longest = (
                ("night", self.evening, night, self.night_s) if number % 4 == 3 else
                other[number % len(other)]
            )  # fmt: skip
            self.once(name, home, work, partial(_kill_after, self.rng.uniform(0.001, longest)))


def _in_stage(stage: str, when: str) -> None:
    kill_in_stage(stage, when)  # type: ignore[arg-type]


def _around(when: str) -> None:
    kill_around_promotion(when)  # type: ignore[arg-type]


def main() -> int:
    """Sweep, print the count; 0 when nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reverie-sweep-") as folder:
        sweep = Sweep(Path(folder), rng=random.Random(options.seed))
        sweep.prepare()
        sweep.borders()
        while sweep.tally.kills < options.kills:
            sweep.at_random(min(20, options.kills - sweep.tally.kills))
            print(f"{sweep.tally.kills} kills, {len(sweep.tally.lost)} lost", flush=True)
    for each in sweep.tally.lost:
        print(each)
    done = f"{sweep.tally.finished} works were done before their moment came"
    print(f"{sweep.tally.kills} kills ({done}), {len(sweep.tally.lost)} lost")
    return 1 if sweep.tally.lost else 0


if __name__ == "__main__":
    # By its name, so that children find its functions where the fork server has loaded them.
    sys.exit(import_module(_MODULE).main())
