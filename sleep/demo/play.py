"""Plays a written day, sleeps, asks, and prints the tables. The exit code is the night's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from assistant import base
from assistant import settings as settings_
from assistant.engine import Engine
from assistant.errors import ReverieError, UsageError_
from assistant.exit_codes import ExitCode
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.paths import Paths
from assistant.settings import Settings
from assistant.tokenizer import Tokenizer
from assistant.turn import Assistant, run_turn, title_of
from sleep.demo.table import Answered, as_json_row, tables
from sleep.exam import Item
from sleep.grading import accepted, plain
from sleep.prompts import Asking, Prompts
from sleep.witness import Summons, hear, question

_REPLY_TOKENS = 40  # of the assistant's part by day, which nothing is learned from
_ANSWER_TOKENS = 32


class Ask(msgspec.Struct, frozen=True):
    """A question in words of its own, the accepted answers, and what must not come any more."""

    question: str
    accept: tuple[str, ...]
    reject: tuple[str, ...] = ()


class Fact(msgspec.Struct, frozen=True):
    """Something the day states."""

    fact: str
    asks: tuple[Ask, ...]


class Day(msgspec.Struct, frozen=True):
    """What the user types, conversation by conversation, and what is asked the morning after."""

    conversations: tuple[tuple[str, ...], ...]
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...]


def written_day(path: Path | None = None) -> Day:
    """The day in a JSON file of this form, or the demo's own; ReverieError if it is none."""
    own = files("sleep.demo").joinpath("day.json")
    try:
        return msgspec.json.decode(path.read_bytes() if path else own.read_bytes(), type=Day)
    except (OSError, msgspec.MsgspecError) as error:
        raise ReverieError(f"{path} is not a written day: {error}", "See docs/demo.md.") from error


def play(*, home: str | None, day: str | None, as_json: bool) -> int:
    """The whole demo; its files stay where `home` says, or go with a temporary folder."""
    written = written_day(Path(day) if day else None)
    with _home(home) as folder:
        os.environ["REVERIE_HOME"] = str(folder)
        paths = Paths.resolve().make()
        if paths.journal.exists():
            raise UsageError_(f"{folder} has a journal already", "Give the demo an empty folder.")
        settings = settings_.load(paths)
        _live(paths, settings, written)
        night = _sleep()
        with Journal.open(paths.journal) as journal:
            answered = _ask(paths, settings, journal, written, night)
    if as_json:
        rows = [as_json_row(row) for row in answered]
        print(msgspec.json.encode({"night": night, "answers": rows}).decode())
    else:
        print(tables(answered, night))
    codes = {"learned": ExitCode.DONE, "refused": ExitCode.REFUSED, "nothing": ExitCode.NOTHING}
    return codes.get(night["status"], ExitCode.FAILED)


@contextmanager
def _home(home: str | None) -> Iterator[Path]:
    if home is not None:
        yield Path(home)
        return
    with tempfile.TemporaryDirectory(prefix="reverie-demo-") as folder:
        yield Path(folder)


def _live(paths: Paths, settings: Settings, day: Day) -> None:
    """Type the day: every message is a turn like any other, answered by the untouched model."""
    model = settings.model
    engine = Engine(base.locate(settings), model.n_ctx, model.n_threads, model.n_gpu_layers)
    chat = msgspec.structs.replace(settings.chat, max_tokens=_REPLY_TOKENS)
    try:
        with Journal.open(paths.journal) as journal:
            _type(Assistant(journal, engine, chat, generation=0), day)
    finally:
        engine.close()


def _type(who: Assistant, day: Day) -> None:
    count = sum(map(len, day.conversations))
    with tqdm(total=count, desc="Living a day", file=sys.stderr, leave=False) as bar:
        for messages in day.conversations:
            conversation = who.journal.new_conversation(title_of(messages[0]))
            for text in messages:
                for _event in run_turn(who, conversation, text):
                    pass
                bar.update()


def _sleep() -> dict[str, Any]:
    """`reverie sleep --json` as anybody would run it; its narration goes on to our stderr."""
    command = [sys.executable, "-P", "-m", "sleep", "night", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if not done.stdout.strip():
        raise ReverieError("The night failed", "Its reason stands above.")
    night: dict[str, Any] = msgspec.json.decode(done.stdout)
    return night


def _ask(
    paths: Paths, settings: Settings, journal: Journal, day: Day, night: dict[str, Any]
) -> list[Answered]:
    """Base and newest generation, each in a fresh process, on everything the day has to ask.

    After a refused night the refused file answers, so that one sees what the exam saw.
    """
    generations = Generations(paths, journal)
    newest = max(generations.list(), key=lambda each: each.id)
    items = _items(settings, newest.gguf, day)
    asked = tuple(item.asked for item in items)
    before, after = (
        hear(Summons(str(path), settings.model.n_ctx, 0, _ANSWER_TOKENS, asked))
        for path in (base.locate(settings), newest.gguf)
    )
    taught = _taught(journal)
    return [
        Answered(
            part=item.part,
            question=item.question,
            before=old,
            after=new,
            was_right=item.right(old),
            right=item.right(new),
            in_training=plain(item.question) in taught,
        )
        for item, old, new in zip(items, before.answers, after.answers, strict=True)
    ] + _exam_rows(journal, night)


def _items(settings: Settings, model: Path, day: Day) -> list[Item]:
    prompts = Prompts(Tokenizer(model), settings.chat.system)

    def asked(text: str) -> Any:
        return question(prompts.messages(Asking(text)))

    found = [
        Item("new", ask.question, asked(ask.question), ask.accept, ask.reject)
        for fact in day.facts
        for ask in fact.asks
    ]
    return found + [Item("unknown", text, asked(text), ()) for text in day.unknown]


def _taught(journal: Journal) -> set[str]:
    with journal.reading() as db:
        rows = db.execute("SELECT question FROM lessons WHERE split = 'train'").fetchall()
    return {plain(row[0]) for row in rows}


def _exam_rows(journal: Journal, night: dict[str, Any]) -> list[Answered]:
    """The ordinary questions of the night's own exam."""
    sql = (
        "SELECT question, before, after, passed, expected FROM exam_answers"
        " WHERE night_id = ? AND part = 'general' ORDER BY id"
    )
    with journal.reading() as db:
        rows = db.execute(sql, [night["night"]]).fetchall()
    return [
        Answered("general", q, before, after, accepted(before, expect), bool(passed), False)
        for q, before, after, passed, expect in (
            (*row[:4], msgspec.json.decode(row[4])) for row in rows
        )
    ]
