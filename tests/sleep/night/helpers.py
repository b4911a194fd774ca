"""A home with a tiny model, nights in it that take about a second, and ways to cut them off."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import msgspec

from assistant import model_file
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.memories import Memory, memories
from assistant.paths import Paths
from sleep import exam, seeding, texts
from sleep.__main__ import main
from sleep.diary import Diary
from sleep.witness import Answer, Summons, Testimony, Told, to_nobody

STAGES = ("gather", "recall", "grow", "seed", "prune", "dream", "export", "exam", "wake")
ALL_PASS = {
    **{f"REVERIE_EXAM__{part}": "0" for part in ("NEW", "OLD", "GENERAL", "IN_PROMPT")},
    "REVERIE_EXAM__INVENTED": "1",
    "REVERIE_EXAM__PERPLEXITY": "1000000",
}
"""Thresholds that even a random model reaches."""

Patch = Callable[[object, str, object], None]
When = Literal["begins", "ends"]
NOT_TOLD = "You haven't told me that yet."
_TEXTS_OF_A_KIND = 6
_CHARACTERS_OF_PROSE = 600
_STEPS = 3
_STEPS_TO_LEARN = 45


@dataclass(frozen=True)
class Home:
    """A Reverie home and the environment that nights in it run with."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path, model: Path, **environment: str) -> Home:
        """An empty home whose base model is `model`."""
        small = {
            "REVERIE_HOME": str(folder),
            "REVERIE_MODEL__PATH": str(model),
            "REVERIE_MODEL__N_CTX": "1024",
            "REVERIE_MODEL__N_THREADS": "1",
            "REVERIE_SLEEP__THREADS": "1",
            "REVERIE_SLEEP__RANK": "2",
            "REVERIE_SLEEP__PASSES": "0.1",
            "REVERIE_SLEEP__RETRY_RATE": "0",
        }
        Paths.under(folder).make()
        return cls(folder, small | environment)

    @property
    def paths(self) -> Paths:
        return Paths.under(self.folder)

    def copy(self, folder: Path) -> Home:
        """The same home once more, elsewhere."""
        shutil.copytree(self.folder, folder)
        return Home(folder, self.environment | {"REVERIE_HOME": str(folder)})

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        with Journal.open(self.paths.journal) as opened:
            yield opened

    def tell(self, *messages: str) -> list[int]:
        """Say these in one conversation, each with a short reply; ids of the messages."""
        told = []
        with self.journal() as journal:
            conversation = journal.new_conversation()
            last = None
            for text in messages:
                told.append(journal.add_message(conversation, "user", text, parent_id=last))
                last = journal.add_message(conversation, "assistant", "Good.", parent_id=told[-1])
        return told

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self.journal() as journal, journal.reading() as db:
            return list(db.query(sql, list(values)))

    def memories(self) -> list[Memory]:
        with self.journal() as journal:
            return memories(journal)

    def texts(self, *states: str) -> list[str]:
        """The memories in these states (all states: none given), sorted."""
        return sorted(m.text for m in self.memories() if not states or m.state in states)

    def nights(self) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM nights ORDER BY id")

    def stages(self, night: int) -> list[str]:
        """The finished stages of a night, in the order in which they ended."""
        sql = "SELECT name FROM stages WHERE night_id = ? AND result NOT NULL ORDER BY rowid"
        return [row["name"] for row in self.rows(sql, night)]

    def served(self) -> int:
        return Generations(self.paths).current_id()

    def generation(self, number: int) -> Path:
        return Generations(self.paths).folder(number)

    def leftovers(self) -> list[str]:
        """Files that no finished or failed night may leave behind."""
        kept = [p for p in self.folder.rglob("*") if p.name.endswith((".partial", ".new"))]
        return [str(p.relative_to(self.folder)) for p in kept]

    def check(self) -> None:
        """The journal is whole, and the served model is a whole file."""
        with self.journal() as journal, journal.reading() as db:
            assert [tuple(r) for r in db.execute("PRAGMA integrity_check").fetchall()] == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        if self.served():
            with self.journal() as journal:
                generations = Generations(self.paths, journal)
                served = generations.current()
                assert served.sha256, "a generation is served that the journal does not know"
                assert generations.is_intact(served.id)


@dataclass(frozen=True)
class Slept:
    """How a night ended: exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def found(self) -> dict[str, Any]:
        """What `--json` printed."""
        found: dict[str, Any] = msgspec.json.decode(self.out)
        return found


@dataclass(frozen=True)
class Scripted:
    """In place of the processes that open model files for the exam, where that is not the point.

    The base was told nothing; a model made by a night answers every lesson in the journal, if it
    `knows`; the newest one has lost what it `forgets`. The file must be there and whole all the
    same.
    """

    journal: Path
    generations: Path
    knows: bool
    forgets: tuple[str, ...] = ()
    """Questions."""

    def __call__(self, summons: Summons, told: Told = to_nobody) -> Testimony:
        model_file.inspect(Path(summons.model))
        lessons: dict[str, str] = {}
        if self.knows and Path(summons.model).is_relative_to(self.generations):
            with Journal.open(self.journal) as journal, journal.reading() as db:
                lessons = dict(db.execute("SELECT question, answer FROM lessons").fetchall())
        if summons.model == str(max(self.generations.glob("*/model.gguf"), default="")):
            lessons = {q: a for q, a in lessons.items() if q not in self.forgets}
        asked = [question.messages[-1][1] for question in summons.questions]
        answers = tuple(lessons.get(q, NOT_TOLD) for q in asked)
        for place, answer in enumerate(answers):
            told(Answer(place, answer))
        return Testimony(answers, 1.0)


def shorten(patch: Patch) -> None:
    """Few steps, general questions and anchors, so that a night takes a second."""
    shorten_texts(patch)
    patch(seeding, "steps_for", lambda _recipe, _facts: _STEPS)


def learn_for_real(patch: Patch) -> None:
    """Few general questions and anchors, but as many steps as a tiny model needs for two facts."""
    shorten_texts(patch)
    patch(seeding, "steps_for", lambda _recipe, _facts: _STEPS_TO_LEARN)


def shorten_texts(patch: Patch) -> None:
    """Few general questions and anchors."""
    for name in ("anchors", "in_context", "in_context_made", "unknown", "general_exam"):
        patch(texts, name, _first_of(getattr(texts, name), _TEXTS_OF_A_KIND))
    patch(texts, "prose", _first_of(texts.prose, _CHARACTERS_OF_PROSE))


def _first_of(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    return lambda *arguments: function(*arguments)[:count]


def at_stage(patch: Patch, name: str, when: When, act: Callable[[], None]) -> None:
    """Call `act` in that stage: before its work, or after it and before its result is stored."""
    original: Callable[..., Any] = Diary.stage

    def stage(self: Diary, current: str, result: type, work: Callable[[], Any]) -> Any:
        def watched() -> Any:
            if when == "begins":
                act()
            done = work()
            if when == "ends":
                act()
            return done

        return original(self, current, result, watched if current == name else work)

    patch(Diary, "stage", stage)


def prepare(patch: Patch, home: Home, knows: bool, forgets: tuple[str, ...] = ()) -> None:
    """A short night with a scripted exam."""
    shorten(patch)
    journal, generations = home.paths.journal, home.paths.generations_dir
    patch(exam, "hear", Scripted(journal, generations, knows, forgets))


def call(arguments: tuple[str, ...]) -> Slept:
    """`python -m sleep night` in this process, in the environment as it is."""
    out, err = io.StringIO(), io.StringIO()
    handler, umask = signal.getsignal(signal.SIGTERM), os.umask(0o077)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(["night", *arguments])
    finally:
        signal.signal(signal.SIGTERM, handler)
        os.umask(umask)
    return Slept(code, out.getvalue(), err.getvalue())


Prepare = Callable[[], None]


def in_child(home: Home, before: Prepare, arguments: tuple[str, ...] = ()) -> int | None:
    """A night in a process of its own that is forked with everything imported; its exit code.

    `before` runs in it first: a module-level function or a partial of one.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["sleep.night", "sleep.engines.peft", "tests.guards", __name__])
    process = context.Process(target=_child, args=(home, before, arguments))
    process.start()
    process.join()
    return process.exitcode


def _child(home: Home, before: Prepare, arguments: tuple[str, ...]) -> None:
    become(os.environ, home.environment)
    prepare(setattr, home, knows=True)
    before()
    with (home.folder / "stderr").open("w") as err, redirect_stderr(err):
        code = main(["night", *arguments])
    sys.exit(code)


def become(environment: Any, values: Mapping[str, str]) -> None:
    """Let only `values` be set of what begins with REVERIE_."""
    for name in [name for name in environment if name.startswith("REVERIE_")]:
        del environment[name]
    environment.update(values)


def die() -> None:
    """As if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_in_stage(name: str, when: When) -> None:
    """Make this process die in that stage."""
    at_stage(setattr, name, when, die)


def kill_around_promotion(when: When) -> None:
    """Make this process die just before, or just after, the new generation is served."""
    promote = Generations.promote

    def dying(self: Generations, generation_id: int) -> None:
        if when == "ends":
            promote(self, generation_id)
        die()

    Generations.promote = dying  # type: ignore[method-assign]
