"""Is a share of right answers below what is asked for, or only unlucky? Exact, however small."""

from math import comb


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
