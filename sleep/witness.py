"""What one model file answers, in a process of its own: `python -m sleep witness` on JSON.

An exam must not be sat by anything that a night has in memory: the file is opened afresh, by the
engine that will serve it, and asked with the prompts of the app.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
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


class Testimony(msgspec.Struct, frozen=True):
    """The answers in order, and nats per token of the text (None when there was none)."""

    answers: tuple[str, ...]
    nats_per_token: float | None


def question(messages: Sequence[ChatMessage]) -> Question:
    """A conversation as it travels to the other process."""
    return Question(tuple((m.role, m.content) for m in messages))


def hear(summons: Summons) -> Testimony:
    """Ask the file in a fresh process; ReverieError when that process fails."""
    command = [sys.executable, "-P", "-m", "sleep", "witness"]
    done = subprocess.run(command, input=msgspec.json.encode(summons), capture_output=True)
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ReverieError(
            f"the model file {summons.model} could not be examined: {' '.join(last)}",
            "See 'reverie doctor'; the old model stays in service.",
        )
    return msgspec.json.decode(done.stdout, type=Testimony)


def testify(summons: Summons) -> Testimony:
    """Answer in this process."""
    engine = Engine(
        Path(summons.model), n_ctx=summons.n_ctx, n_threads=summons.n_threads, n_gpu_layers=0
    )
    try:
        asked = [
            engine.prompt_ids([ChatMessage(r, c) for r, c in q.messages])  # type: ignore[arg-type]
            for q in summons.questions
        ]
        greedy = Sampling.greedy(summons.max_tokens)
        replies = engine.complete_batch(asked, summons.max_tokens, greedy)
        answers = tuple(engine.detokenize(reply).strip() for reply in replies)
        return Testimony(answers, _nats(engine, summons.text))
    finally:
        engine.close()


def _nats(engine: Engine, text: str) -> float | None:
    tokens = engine.prompt_ids(text)[:_TEXT_TOKENS]
    if len(tokens) < 2:
        return None
    logprobs = engine.logprobs(tokens[:1], tokens[1:])
    return -sum(logprobs) / len(logprobs)
