"""The base model's own answers to ordinary prompts, made once and kept.

They are what a night holds still: their text comes from the untouched base, so that small losses of
one night are not what the next one is held to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from assistant.engine import Engine as Server
from assistant.paths import make_private, write_atomic
from sleep.files import sha256_file


@dataclass(frozen=True)
class Base:
    """The untouched model, and where what it said is kept."""

    gguf: Path
    cache: Path
    n_ctx: int
    threads: int

    def answers(self, prompts: Sequence[Sequence[int]], length: int) -> list[list[int]]:
        """Its greedy answers, at most `length` tokens each; the same prompts cost only once."""
        asked = msgspec.json.encode([sha256_file(self.gguf), length, prompts])
        kept = self.cache / f"answers-{hashlib.sha256(asked).hexdigest()[:16]}.json"
        found = _read(kept, len(prompts))
        if found is not None:
            return found
        server = Server(self.gguf, self.n_ctx, self.threads, 0, seed=0)
        try:
            made = server.complete_batch(prompts, length)
        finally:
            server.close()
        make_private(self.cache)
        write_atomic(kept, msgspec.json.encode(_Kept(_sha256(made), made)).decode())
        return made


class _Kept(msgspec.Struct, frozen=True):
    """Answers on the disk, and the hash of their JSON: one flipped bit would be another answer."""

    sha256: str
    answers: list[list[int]]


def _sha256(answers: list[list[int]]) -> str:
    return hashlib.sha256(msgspec.json.encode(answers)).hexdigest()


def _read(kept: Path, count: int) -> list[list[int]] | None:
    """What is kept, unless it is missing or damaged: then it is made again."""
    try:
        found = msgspec.json.decode(kept.read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    whole = found.sha256 == _sha256(found.answers) and len(found.answers) == count
    return found.answers if whole else None
