"""Scores as SQuAD defines them, and intervals that hold what they promise."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleep.bench.scoring import contains, exact_match, interval, mean, normalised, token_f1


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("The  Estophile, educated class!", "estophile educated class"),
        ("a cat and an owl", "cat and owl"),
        ("Theatre", "theatre"),
        ("U.S.", "us"),
    ],
)
def test_normalised(text, same):
    assert normalised(text) == same


@pytest.mark.parametrize(
    ("answer", "gold", "exact", "f1", "within"),
    [
        ("the 13th century.", "13th century", 1, 1.0, 1),
        ("In the 13th century", "13th century", 0, 0.8, 1),
        ("century 13th", "13th century", 0, 1.0, 0),
        ("Danes", "Danes and Germans", 0, 0.5, 0),
        ("Danes Danes Germans", "Danes and Germans", 0, 2 / 3, 0),
        ("nobody", "Danes", 0, 0.0, 0),
        ("", "Danes", 0, 0.0, 0),
        ("", "", 1, 1.0, 0),
        ("Leedsham", "Leeds", 0, 0.0, 0),
    ],
)
def test_scores_by_hand(answer, gold, exact, f1, within):
    assert exact_match(answer, gold) == exact
    assert token_f1(answer, gold) == pytest.approx(f1)
    assert contains(answer, gold) == within


@given(st.text(max_size=30), st.text(max_size=30))
def test_f1_is_symmetric_and_one_where_exact(one, other):
    assert token_f1(one, other) == pytest.approx(token_f1(other, one))
    assert 0 <= token_f1(one, other) <= 1
    assert token_f1(one, other) >= exact_match(one, other)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_interval_holds_the_mean_and_no_more_than_the_range(values):
    low, high = interval(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert low - 1e-9 <= mean(values) <= high + 1e-9 or len(set(values)) < len(values)


def test_an_interval_covers_as_often_as_it_says():
    rng = random.Random(1)
    covered = 0
    for seed in range(60):
        sample = [float(rng.random() < 0.3) for _ in range(80)]
        low, high = interval(sample, seed=seed)
        covered += low <= 0.3 <= high
    assert covered >= 52
    assert interval([]) == (0.0, 0.0)
    wide, narrow = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 200)
    assert narrow[1] - narrow[0] < 0.5 * (wide[1] - wide[0])
