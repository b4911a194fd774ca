"""Scores of short answers as SQuAD defines them, and intervals for their means.

Normalised exact match and token F1 after Rajpurkar et al., *SQuAD: 100,000+ Questions for Machine
Comprehension of Text* (arXiv 1606.05250): lower case, no punctuation, no articles, single spaces.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Final

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
_SIGNS: Final = str.maketrans("", "", string.punctuation)
_DRAWS: Final = 2000


def normalised(text: str) -> str:
    """A text as answers are compared."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_SIGNS)).split())


def exact_match(answer: str, gold: str) -> float:
    """1 where both are the same once normalised, else 0."""
    return float(normalised(answer) == normalised(gold))


def contains(answer: str, gold: str) -> float:
    """1 where the gold answer stands in the answer as whole words; for answers in sentences."""
    wanted = normalised(gold)
    return float(bool(wanted) and f" {wanted} " in f" {normalised(answer)} ")


def token_f1(answer: str, gold: str) -> float:
    """Harmonic mean of precision and recall of words, each counted as often as it comes."""
    said, wanted = normalised(answer).split(), normalised(gold).split()
    if not said or not wanted:
        return float(said == wanted)
    same = sum((Counter(said) & Counter(wanted)).values())
    return 2 * same / (len(said) + len(wanted))


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def interval(values: Sequence[float], *, seed: int = 0, level: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean: draws of the same size, with replacement."""
    if not values:
        return 0.0, 0.0
    rng = random.Random(seed)
    means = sorted(mean(rng.choices(values, k=len(values))) for _ in range(_DRAWS))
    cut = int((1 - level) / 2 * _DRAWS)
    return means[cut], means[_DRAWS - 1 - cut]
