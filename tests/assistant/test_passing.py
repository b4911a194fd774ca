"""Exact tails, and that small exams are neither unlucky nor blind."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.passing import at_most, falls_short, in_pairs, needed
from assistant.settings import ExamSettings


@pytest.mark.parametrize("of", [0, 1, 4, 6])
def test_the_tail_is_the_sum_over_all_outcomes(of):
    share = Fraction(7, 10)
    for hits in range(of + 1):
        exact = sum(
            share ** sum(outcome) * (1 - share) ** (of - sum(outcome))
            for outcome in product((0, 1), repeat=of)
            if sum(outcome) <= hits
        )
        assert at_most(hits, of, 0.7) == pytest.approx(float(exact))


def test_one_unlucky_question_of_five_is_no_proof_but_two_are():
    assert not falls_short(4, 5, 0.9, 0.2)
    assert falls_short(3, 5, 0.9, 0.2)


@given(st.integers(1, 60), st.floats(0.05, 0.95), st.floats(0.01, 0.5))
def test_good_nights_are_refused_no_more_often_than_the_doubt(of, share, doubt):
    refused = [hits for hits in range(of + 1) if falls_short(hits, of, share, doubt)]
    assert at_most(max(refused), of, share) < doubt if refused else True


@given(st.integers(0, 60), st.floats(0, 1), st.floats(0.01, 1))
def test_more_right_answers_never_hurt(of, share, doubt):
    refused = [falls_short(hits, of, share, doubt) for hits in range(of + 1)]
    assert refused == sorted(refused, reverse=True)
    assert not refused[-1], "all right can never be too little"


LIMITS = ExamSettings()


@given(
    st.sampled_from(["new", "old", "general", "in_prompt", "unknown"]),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_what_is_needed_can_be_reached(part, asked, before):
    before = min(before, asked)
    assert 0 <= needed(part, asked, before, LIMITS) <= (before if in_pairs(part) else asked)


def test_what_is_needed():
    assert needed("new", 10, 0, LIMITS) == 5
    assert needed("new", 1, 0, LIMITS) == 1, "nothing at all is never enough"
    assert needed("new", 1, 0, ExamSettings(new=0.0)) == 0
    assert needed("general", 40, 20, LIMITS) == 17, "of those that were right before"
    assert needed("unknown", 10, 10, LIMITS) == 7
    assert needed("unknown", 10, 4, LIMITS) == 4, "no more than the model before could do"
