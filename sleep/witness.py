"""What one model file answers, in a process of its own: `python -m sleep witness` on JSON.

An exam must not be sat by anything that a night has in memory: the file is opened afresh, by the
engine that will serve it, and asked with the prompts of the app. stdout has one JSON object a line:
each answer as it is given, and the whole testimony at the end.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from assistant.engine import Engine, Sampling
from assistant.errors import ReverieError
from assistant.prompt import ChatMessage

_TEXT_TOKENS = 1024


class Question(msgspec.Struct, frozen=True):
    """A conversation to be answered, as (role, content) pairs."""

    messages: tuple[tuple[str, str], ...]


class Summons(msgspec.Struct, frozen=True):
    """Which file to ask, what, and a text whose likelihood it shall give."""

    model: str
    n_ctx: int
    n_threads: int
    max_tokens: int
    questions: tuple[Question, ...]
    text: str = ""


class Answer(msgspec.Struct, frozen=True, tag=True):
    """One answer, as soon as it is whole; `place`: of which question."""

    place: int
    text: str


class Testimony(msgspec.Struct, frozen=True, tag=True):
    """The answers in order, and nats per token of the text (None when there was none)."""

    answers: tuple[str, ...]
    nats_per_token: float | None


def question(messages: Sequence[ChatMessage]) -> Question:
    """A conversation as it travels to the other process."""
    return Question(tuple((m.role, m.content) for m in messages))


Told = Callable[[Answer], object]
"""Hears of the answers as they are given, not always in the order of the questions."""


def to_nobody(_: Answer) -> None:
    """Nobody listens."""


def hear(summons: Summons, told: Told = to_nobody) -> Testimony:
    """Ask the file in a fresh process; ReverieError when that process fails."""
    command = [sys.executable, "-P", "-m", "sleep", "witness"]
    testimony: Testimony | None = None
    with tempfile.TemporaryFile() as complaints:  # a pipe that nobody reads would fill up
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints
        ) as process:
            assert process.stdin is not None  # both are pipes
            assert process.stdout is not None
            try:
                with suppress(BrokenPipeError):  # it has ended, and its complaint says why
                    process.stdin.write(msgspec.json.encode(summons))
                    process.stdin.close()
                for line in process.stdout:
                    said = msgspec.json.decode(line, type=Answer | Testimony)
                    if isinstance(said, Testimony):
                        testimony = said
                    else:
                        told(said)
            except BaseException:
                process.kill()
                raise
        complaints.seek(0)
        last = complaints.read().decode("utf-8", "replace").strip().splitlines()[-1:]
    if process.returncode != 0 or testimony is None:
        raise ReverieError(
            f"the model file {summons.model} could not be examined: {' '.join(last)}",
            "See 'reverie doctor'; the old model stays in service.",
        )
    return testimony


def testify(summons: Summons, told: Told) -> Testimony:
    """Answer in this process."""
    engine = Engine(
        Path(summons.model), n_ctx=summons.n_ctx, n_threads=summons.n_threads, n_gpu_layers=0
    )
    try:
        asked = [
            engine.prompt_ids([ChatMessage(r, c) for r, c in q.messages])  # type: ignore[arg-type]
            for q in summons.questions
        ]

        def words(reply: Sequence[int]) -> str:
            return engine.detokenize(reply).strip()

        replies = engine.complete_batch(
            asked,
            summons.max_tokens,
            Sampling.greedy(summons.max_tokens),
            ended=lambda place, reply: told(Answer(place, words(reply))),
        )
        answers = tuple(words(reply) for reply in replies)
        return Testimony(answers, _nats(engine, summons.text))
    finally:
        engine.close()


def _nats(engine: Engine, text: str) -> float | None:
    tokens = engine.prompt_ids(text)[:_TEXT_TOKENS]
    if len(tokens) < 2:
        return None
    logprobs = engine.logprobs(tokens[:1], tokens[1:])
    return -sum(logprobs) / len(logprobs)
