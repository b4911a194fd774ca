"""Learning to Imitate: rewards and gradient by hand, cuts, and a tiny model that comes nearer."""

import dataclasses
import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sleep.engines import Example, Teaching
from sleep.engines.peft import PeftEngine
from sleep.imitation import (
    FARTHEST,
    GROUP,
    Attempt,
    Continuation,
    advantages,
    attempts,
    by_teacher,
    by_words,
    levenshtein,
    likelihood,
    nearness,
    policy_loss,
)
from sleep.lectures import Gates, Lecture, teach
from sleep.objective import Voice
from sleep.seeding import Recipe, seed
from tests.fixtures_gguf import EOS_ID, VOCAB_SIZE
from tests.sleep.logits import random_ids
from tests.sleep.teaching import grown, make_engine, random_examples, random_expert

PREFIX = tuple(random_ids(VOCAB_SIZE, count=8, seed=1))
EXAMPLES = [
    dataclasses.replace(x, answer=(*x.answer, EOS_ID))
    for x in random_examples(PREFIX, [(6, 4)] * 4, seed=2)
]
VOICE = Voice((EOS_ID,))


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ((), (), 0),
        ((1, 2, 3), (1, 2, 3), 0),
        ((1, 2, 3), (), 3),
        ((1, 2, 3), (2, 3), 1),
        ((1, 2, 3), (1, 9, 3), 1),
        ((1, 2, 3, 4), (2, 3, 4, 5), 2),
        ((11, 9, 20, 20, 5, 14), (19, 9, 20, 20, 9, 14, 7), 3),  # kitten, sitting
    ],
)
def test_levenshtein_by_hand(one, other, edits):
    assert levenshtein(one, other) == levenshtein(other, one) == edits


@given(*[st.lists(st.integers(0, 3), max_size=7)] * 3)
def test_levenshtein_is_a_metric(a, b, c):
    assert levenshtein(a, c) <= levenshtein(a, b) + levenshtein(b, c)
    assert abs(len(a) - len(b)) <= levenshtein(a, b) <= max(len(a), len(b))
    assert (levenshtein(a, b) == 0) == (a == b)


@pytest.mark.parametrize(
    ("attempt", "rest", "reward"),
    [
        ((1, 2, 3, 4), (1, 2, 3, 4), 1.0),
        ((1, 2, 9, 4), (1, 2, 3, 4), 0.75),
        ((1, 2), (1, 2, 3, 4), 0.5),
        ((1, 2, 3, 4, 5, 6, 7, 8), (1, 2), 0.25),
        (tuple(range(FARTHEST)), tuple(range(50, 50 + FARTHEST)), 0.0),
        (tuple(range(2 * FARTHEST + 2)), tuple(range(FARTHEST + 1)), 0.0),  # too far, though alike
        ((), (), 1.0),
    ],
)
def test_nearness_by_hand(attempt, rest, reward):
    assert nearness(attempt, rest) == pytest.approx(reward)


def test_advantages_are_over_the_group():
    found = advantages([1.0, 0.0, 0.0, 1.0, 0.2, 0.2, 0.2, 0.6])
    assert found == pytest.approx([0.5, -0.5, -0.5, 0.5, -0.1, -0.1, -0.1, 0.3])
    assert sum(found) == pytest.approx(0)


def test_policy_loss_by_hand():
    """A longer attempt counts as one attempt; the gradient is advantage times (one-hot - p)."""
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0], [0.0, 0.0]], requires_grad=True)
    made = [
        Attempt(Example((0,), (1,)), reward=1.0, advantage=0.5),
        Attempt(Example((0,), (0, 1)), reward=0.0, advantage=-0.5),
    ]
    loss = policy_loss(logits, made)
    first, second = math.log(2), (-math.log(0.75) + math.log(2)) / 2
    assert loss.item() == pytest.approx((0.5 * first - 0.5 * second) / 2)
    loss.backward()
    assert logits.grad is not None
    expected = [[0.125, -0.125], [0.03125, -0.03125], [-0.0625, 0.0625]]
    assert torch.allclose(logits.grad, torch.tensor(expected))


def test_likelihood_by_hand():
    taught = Teaching(torch.tensor([[0.5, 0.3], [0.6, 0.3]]).log(), torch.tensor([[4, 7], [1, 2]]))
    assert likelihood(taught, (7, 1)) == pytest.approx((math.log(0.3) + math.log(0.6)) / 2)
    assert likelihood(taught, (9, 1)) == pytest.approx((math.log(0.2) + math.log(0.6)) / 2)


def test_by_words():
    words = {1: "Biscuit", 2: "Rex", 3: "is", 4: "your dog"}
    meaning = by_words(lambda ids: " ".join(words[i] for i in ids))
    tried = [
        Continuation((), kept, (1,), said, ("Biscuit",))
        for kept, said in (((4,), (3, 1)), ((4,), (3, 2)), ((1,), (3, 4)))
    ]
    assert meaning(tried) == [1.0, 0.0, 1.0]


@pytest.fixture
def engine(tiny_gguf, tmp_path, monkeypatch) -> PeftEngine:
    return grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch), PREFIX, EXAMPLES)


def lectures(engine: PeftEngine) -> list[Lecture]:
    told = [Example((*x.prompt, *x.answer, 9), x.answer) for x in EXAMPLES]
    return teach(engine, ["fact"] * len(EXAMPLES), EXAMPLES, told)


def test_the_teacher_knows_its_own_words_from_noise(engine, monkeypatch):
    monkeypatch.setattr("sleep.imitation._MARGIN", 0.01)  # a random model is sure of nothing
    prompt = EXAMPLES[0].prompt
    (likely,) = engine.sample([prompt], length=5, temperature=0.0, seed=0, ends=[EOS_ID])
    noise = tuple(random_ids(VOCAB_SIZE, count=5, seed=8))
    meaning = by_teacher(engine, None)
    tried = [Continuation(prompt, (), likely, x) for x in (likely, noise)]
    assert meaning(tried) == [1.0, 0.0]
    day = random_expert(engine, "day-0001", seed=1)
    engine.gate([day])
    (by_day,) = engine.sample([prompt], length=5, temperature=0.0, seed=0, ends=[EOS_ID])
    engine.gate([])
    assert by_day != likely
    tried = [Continuation(prompt, (), by_day, x) for x in (by_day, noise)]
    assert by_teacher(engine, Gates((day,), (), ()))(tried) == [1.0, 0.0]


def test_attempts_continue_a_cut_text(engine):
    given = lectures(engine)
    seen: list[Continuation] = []

    def meaning(tried: Sequence[Continuation]) -> list[float]:
        seen.extend(tried)
        return [1.0] * len(seen)

    made = attempts(engine, given, VOICE, semantic=0.5, seed=3, meaning=meaning)
    assert len(made) == len(seen) == GROUP * len(given)
    cuts = set()
    for at, (attempt, tried) in enumerate(zip(made, seen, strict=True)):
        whole = given[at // GROUP]
        kept = len(whole.example.answer) - len(tried.rest)
        cuts.add(kept)
        assert tried.rest == whole.example.answer[kept:]
        assert tried.told == (*whole.told, *whole.example.answer[:kept])
        assert attempt.example.prompt == (*whole.example.prompt, *whole.example.answer[:kept])
        assert attempt.example.answer == tried.attempt
        assert attempt.reward == pytest.approx(0.5 + 0.5 * nearness(tried.attempt, tried.rest))
    assert len(cuts) > 1
    again = attempts(engine, given, VOICE, semantic=0.5, seed=3, meaning=lambda t: [1.0] * len(t))
    assert again == made
    words_alone = attempts(engine, given, VOICE, semantic=0.0, seed=3, meaning=meaning)
    assert [x.reward for x in words_alone] == pytest.approx([2 * x.reward - 1 for x in made])


def test_a_student_is_drawn_to_what_is_rewarded(engine, monkeypatch):
    """By imitation alone: the divergence weighs nothing."""
    given = lectures(engine)
    monkeypatch.setattr("sleep.seeding.FRESH", 1)

    def rewarded() -> float:
        tried = attempts(
            engine, given * 4, VOICE, semantic=0.0, seed=100, meaning=by_teacher(engine, None)
        )
        return sum(x.reward for x in tried) / len(tried)

    seed(engine, given, Recipe(rate=2e-3, facts=4, passes=20.0, settling=0))
    before = rewarded()
    alone = Recipe(rate=5e-4, facts=4, passes=40.0, imitation=1.0, semantic=0.0, seed=1, settling=0)
    seed(engine, given, alone, voice=VOICE)
    assert rewarded() > before + 0.1
