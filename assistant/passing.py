"""How many right answers pass an exam: a share of them, give or take bad luck."""

from functools import cache
from math import comb

from assistant.settings import ExamSettings


def at_most(hits: int, of: int, share: float) -> float:
    """Probability of `hits` or fewer of `of` when each comes with probability `share`.

    The exact binomial tail, as in the test of Clopper and Pearson (Biometrika 26, 1934); exams have
    a handful to some hundred questions, where approximations by the normal curve mislead.
    """
    return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))


def falls_short(hits: int, of: int, share: float, doubt: float) -> bool:
    """Whether a model that just reaches `share` would do as badly as this with less than `doubt`.

    One unlucky question of five is no proof against a model that is right in nine of ten cases
    (it happens to two such models in five); two of five are, at a doubt of 0.2 (one in twelve).
    """
    return hits < of and at_most(hits, of, share) < doubt


def in_pairs(part: str) -> bool:
    """Whether a part of the exam asks how much of what was right before still is."""
    return part in ("old", "general", "in_prompt")


@cache
def needed(part: str, asked: int, before: int, limits: ExamSettings) -> int:
    """How many answers must be right to pass; of parts in pairs, of the `before` that were right.

    Of new memories at least one, where any are asked for at all; of unknown things never more than
    the model admitted before, so that only invention that is new counts.
    """
    share = 1 - limits.invented if part == "unknown" else float(getattr(limits, part))
    of = before if in_pairs(part) else asked
    least = next(hits for hits in range(of + 1) if not falls_short(hits, of, share, limits.doubt))
    if part == "new" and asked and share > 0:
        return max(1, least)
    return min(least, before) if part == "unknown" else least
