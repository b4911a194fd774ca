"""The seeding objective: the GKD mixture of given answers and of the student's own words.

Section 4 of the method; GKD is Agarwal et al., arXiv 2306.13649. A share of the sequences is drawn
from the student itself and judged there by the teacher's distribution (on-policy); the others are
the night's accepted answers (dataset D). No gradient goes through the drawing.

Two things are ours. A small teacher often words the answer its own way, and averaging over that
teaches mush: at a token where the teacher's first choice is not the accepted one, the accepted
token counts alone. And drawing is dear on a small machine, so what was drawn serves a few steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from sleep.engines import Engine, Example
from sleep.lectures import Gates, Lecture, judge
from sleep.losses import Divergence, agrees, divergence, log_probs, with_rest

ANSWER_TOKENS: Final = 24
"""Longest answer that is drawn."""
FRESH: Final = 8
"""Steps that one drawing serves."""


def asked(batch: Sequence[Lecture]) -> Tensor:
    """The tokens whose likelihood counts at each answer position: the teacher's k, then the
    accepted one. int64 [answer tokens of the batch, k + 1]."""
    answer = torch.tensor([token for x in batch for token in x.example.answer])
    return torch.cat([torch.cat([x.teaching.tokens for x in batch]), answer[:, None]], 1)


def distillation(
    student: Tensor,
    batch: Sequence[Lecture],
    *,
    accepted: float,
    kind: Divergence,
    beta: float = 0.5,
) -> Tensor:
    """Mean over lectures of their mean loss per answer token; notes each lecture's worst token.

    student: its log-probabilities of what is `asked`, [answer tokens of the batch, k + 1].
    accepted: weight of the accepted token itself beside the teacher's distribution; it has none
    where the answer is the student's own words, nor in what is held still.
    """
    tokens = asked(batch).to(student.device)
    teacher_tokens, answer = tokens[:, :-1], tokens[:, -1]
    teacher_logprobs = torch.cat([x.teaching.logprobs for x in batch]).to(student.device)
    apart = divergence(with_rest(teacher_logprobs), with_rest(student[:, :-1]), kind, beta)
    chosen = -student[:, -1]
    mixed = (1 - accepted) * apart + accepted * chosen
    taught = torch.where(agrees(teacher_tokens, answer), mixed, chosen)
    losses = []
    sizes = [len(x.example.answer) for x in batch]
    split = [torch.split(each, sizes) for each in (apart, chosen, taught)]
    parts = zip(batch, *split, strict=True)
    for lecture, kept, token, mix in parts:
        held = lecture.own_words or lecture.kind in ("anchor", "prose")
        losses.append(kept.mean() if held else mix.mean())
        lecture.worst = (kept if held else token).max().item()
        lecture.drawn += 1
    return torch.stack(losses).mean()


def answer_nats(logits: Tensor, batch: Sequence[Example]) -> Tensor:
    """Nats of every answer token of a batch, in order: [answer tokens of the batch]."""
    tokens = [token for x in batch for token in x.answer]
    answer = torch.tensor(tokens, device=logits.device)
    return -log_probs(logits, answer[:, None])[:, 0]


def in_own_words(
    engine: Engine,
    lectures: Sequence[Lecture],
    gates: Gates | None,
    *,
    ends: Sequence[int],
    seed: int,
) -> list[Lecture]:
    """The same questions answered by the student as it stands now, with what its teacher says."""
    asked = [x.example for x in lectures]
    answers = engine.sample(
        [x.prompt for x in asked], length=ANSWER_TOKENS, temperature=1.0, seed=seed, ends=ends
    )
    taught = judge(engine, [x.told or x.example.prompt for x in lectures], answers, gates)
    spoken = [dataclasses.replace(x, answer=y) for x, y in zip(asked, answers, strict=True)]
    engine.prepare(spoken)
    return [
        Lecture(x.kind, example, teaching, told=x.told, own_words=True)
        for x, example, teaching in zip(lectures, spoken, taught, strict=True)
    ]


@dataclass(frozen=True)
class Voice:
    """What drawing from the student takes: the ids that end an answer, the gates, and the text."""

    ends: tuple[int, ...]
    gates: Gates | None = None
    text: Callable[[Sequence[int]], str] | None = None
    """Token ids as text, where meaning is judged by words."""


MUTE: Final = Voice(())
"""For objectives that draw nothing."""


class Speech:
    """Keeps a supply of lectures in the student's own words while it learns.

    `share` of every `facts` lectures of a batch are such; they are drawn anew every `FRESH` steps.
    """

    def __init__(self, engine: Engine, voice: Voice, *, share: float, facts: int, seed: int):
        self.each = round(share * facts)
        self._engine = engine
        self._voice = voice
        self._seed = seed
        self._drawn: list[Lecture] = []

    def at(self, step: int, draw: Callable[[int], list[Lecture]]) -> list[Lecture]:
        """The lectures of one step; `draw` chooses which questions are answered anew."""
        if not self.each:
            return []
        turn = step % FRESH
        if turn == 0:
            self._engine.release([x.example for x in self._drawn])
            self._drawn = in_own_words(
                self._engine,
                draw(self.each * FRESH),
                self._voice.gates,
                ends=self._voice.ends,
                seed=self._seed + step,
            )
        count = min(self.each, len(self._drawn))
        return [self._drawn[(turn * count + i) % len(self._drawn)] for i in range(count)]
