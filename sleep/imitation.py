"""Learning to Imitate: the student continues a teacher's text, rewarded for how near it comes.

Section 4 of the method (*Language Models Need Sleep*, arXiv 2606.03979). From a text d a random
prefix is kept, the student continues it to d_hat, and the reward

    r = g * r_sem + (1 - g) * r_abs
    r_abs = 1 - lev(d_hat, d) / max(|d_hat|, |d|)  if lev(d_hat, d) <= z0, else 0

(lev: token Levenshtein) is learned from by a policy gradient whose baseline is the mean reward of
the group, that is of the continuations of the same prefix. r_sem says whether both mean the same;
it is a seam (`Meaning`).
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from sleep.engines import Engine, Example, Teaching
from sleep.grading import accepted
from sleep.lectures import Gates, Lecture, judge
from sleep.objective import ANSWER_TOKENS, Voice, answer_nats

FARTHEST: Final = 8
"""z0: edits, in tokens, beyond which a continuation earns nothing for its words."""
GROUP: Final = 4
"""Continuations of one prefix; their mean reward is the baseline."""
_MARGIN: Final = 0.7  # nats per token: about half as likely still means the same

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Continuation:
    """One attempt at the rest of a text.

    told: what the teacher is asked, with the part that was kept. expect: accepted answer words.
    """

    told: Ids
    kept: Ids
    rest: Ids
    attempt: Ids
    expect: tuple[str, ...] = ()


Meaning = Callable[[Sequence[Continuation]], list[float]]
"""r_sem: 1 where the attempt means what the rest does, else 0."""


@dataclass(frozen=True)
class Attempt:
    """An attempt as the student made it, with its reward and the advantage over its group."""

    example: Example
    reward: float
    advantage: float


def levenshtein(one: Sequence[int], other: Sequence[int]) -> int:
    """Insertions, deletions and replacements of tokens that turn one into the other."""
    row = list(range(len(other) + 1))
    for i, token in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, same in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (token != same))
    return row[-1]


def nearness(attempt: Sequence[int], rest: Sequence[int], farthest: int = FARTHEST) -> float:
    """r_abs of two token sequences: 1 for equal ones, 0 for those more than `farthest` apart."""
    edits = levenshtein(attempt, rest)
    longest = max(len(attempt), len(rest))
    return 1 - edits / longest if longest and edits <= farthest else float(not longest)


def by_teacher(engine: Engine, gates: Gates | None) -> Meaning:
    """r_sem of the frozen teacher that still knows the source: it finds both about as likely."""

    def meaning(tried: Sequence[Continuation]) -> list[float]:
        prompts = [x.told for x in tried] * 2
        answers = [x.attempt for x in tried] + [x.rest for x in tried]
        taught = judge(engine, prompts, answers, gates)
        likely = [likelihood(t, a) for t, a in zip(taught, answers, strict=True)]
        pairs = zip(likely[: len(tried)], likely[len(tried) :], strict=True)
        return [float(attempt >= rest - _MARGIN) for attempt, rest in pairs]

    return meaning


def by_words(text: Callable[[Sequence[int]], str]) -> Meaning:
    """r_sem by the accepted answer words: one of them stands in the whole text that is made."""

    def meaning(tried: Sequence[Continuation]) -> list[float]:
        return [float(accepted(text((*x.kept, *x.attempt)), x.expect)) for x in tried]

    return meaning


def likelihood(teaching: Teaching, answer: Sequence[int]) -> float:
    """Nats per token of an answer. A token beyond the teacher's k counts as the last of them, or as
    all the others together where these are less likely: no token is less likely than it may be."""
    wanted = torch.tensor(answer)[:, None]
    found = teaching.tokens == wanted
    rest = (1 - teaching.logprobs.exp().sum(-1)).clamp_min(1e-7).log()
    rest = torch.minimum(rest, teaching.logprobs[:, -1])
    each = torch.where(found.any(-1), (teaching.logprobs * found).sum(-1), rest)
    return float(each.mean())


def attempts(
    engine: Engine,
    lectures: Sequence[Lecture],
    voice: Voice,
    *,
    semantic: float,
    seed: int,
    meaning: Meaning,
) -> list[Attempt]:
    """The student's continuations of each lecture's answer from a random place, rewarded.

    semantic: g, the share of r_sem in the reward. The attempts are prepared for `policy_loss`.
    """
    rng = random.Random(seed)
    asked, tried = [], []
    for lecture in lectures:
        answer = lecture.example.answer
        kept = answer[: rng.randrange(len(answer))]
        told = (*(lecture.told or lecture.example.prompt), *kept)
        prompt = (*lecture.example.prompt, *kept)
        asked += [dataclasses.replace(lecture.example, prompt=prompt)] * GROUP
        tried += [Continuation(told, kept, answer[len(kept) :], (), lecture.expect)] * GROUP
    said = engine.sample(
        [x.prompt for x in asked], length=ANSWER_TOKENS, temperature=1.0, seed=seed,
        ends=voice.ends,
    )  # fmt: skip
    tried = [dataclasses.replace(x, attempt=y) for x, y in zip(tried, said, strict=True)]
    means = meaning(tried) if semantic else [0.0] * len(tried)
    near = [nearness(x.attempt, x.rest) for x in tried]
    rewards = [semantic * m + (1 - semantic) * n for m, n in zip(means, near, strict=True)]
    made = [
        Attempt(dataclasses.replace(x, answer=answer), reward, advantage)
        for x, answer, reward, advantage in zip(
            asked, said, rewards, advantages(rewards), strict=True
        )
    ]
    engine.prepare([x.example for x in made])
    return made


def advantages(rewards: Sequence[float], group: int = GROUP) -> list[float]:
    """Each reward less the mean of its group; groups lie one after the other."""
    groups = torch.tensor(rewards, dtype=torch.float64).reshape(-1, group)
    found: list[float] = (groups - groups.mean(1, keepdim=True)).flatten().tolist()
    return found


def policy_loss(logits: Tensor, made: Sequence[Attempt]) -> Tensor:
    """Mean over attempts of -advantage * log-likelihood per token (REINFORCE, group baseline).

    logits: the student's, [tokens of all attempts, vocabulary]. The gradient is that of the policy:
    the tokens are what was drawn, rewards are constants.
    """
    spent = answer_nats(logits, [x.example for x in made])
    sizes = [len(x.example.answer) for x in made]
    each = [x.advantage * s.mean() for x, s in zip(made, torch.split(spent, sizes), strict=True)]
    return torch.stack(each).mean()
