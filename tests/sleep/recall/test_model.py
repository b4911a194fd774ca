"""What a model adds to recall, with a model that says what the test wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sleep.memory import Heard, Reading
from sleep.recall import read
from sleep.recall.filters import answers, grounded, rewording
from sleep.recall.model import Likelihood

MESSAGE = "Off to the ferry, three weeks on Corfu with Bram from my rowing club, see you."


class FakeModel:
    """Samples come from a table of prompt endings; likelihood is high where a note stands above."""

    def __init__(self, samples: Mapping[str, Sequence[str]], supported: bool = True) -> None:
        self.samples = samples
        self.supported = supported
        self.sampled = 0

    def score(self, prompt: str, continuation: str) -> Likelihood:
        words = [word.strip(".?").lower() for word in continuation.split()]
        seen = sum(word in prompt.lower() for word in words)
        mean = -4.0 + (3.0 * seen / max(len(words), 1) if self.supported else 0.0)
        return Likelihood(mean * len(words), mean)

    def sample(
        self, prompt: str, n: int, max_tokens: int, stop: str, temperature: float
    ) -> list[str]:
        self.sampled += 1
        for ending, answer in self.samples.items():
            if ending in prompt.rsplit("\n\n", 1)[-1]:
                return [answer[k % len(answer)] for k in range(n)]
        return ["none"] * n


def reading(model: FakeModel, *messages: str) -> Reading:
    heard = [Heard(number, text, None, 1, "") for number, text in enumerate(messages, 1)]
    return read(heard, model=model, known=(), seed=0)


def test_a_note_that_holds_becomes_a_fact():
    made = reading(FakeModel({"ferry": [" You are in a rowing club with Bram."]}), MESSAGE)
    kept = {fact.text: fact for fact in made.facts}
    assert "You are in a rowing club with Bram." in kept
    one = kept["You are in a rowing club with Bram."]
    assert (one.source, one.message_id) == (MESSAGE, 1)
    assert "model" in one.why


@pytest.mark.parametrize(
    ("samples", "supported", "reason"),
    [
        ([" You live in Corfu with a parrot."], True, "not in the message"),
        ([" You row with Bram.", " none", " no", " ok", " hm"], True, "samples do not agree"),
        ([" You are in a rowing club with Bram."], False, "as likely without the message"),
    ],
)
def test_a_note_that_does_not_hold_is_rejected_with_a_reason(samples, supported, reason):
    made = reading(FakeModel({"ferry": samples}, supported), MESSAGE)
    assert made.facts == ()
    assert any(reason in why for _, why in made.rejected)


def test_a_model_that_finds_nothing_is_not_asked_forever():
    model = FakeModel({})
    reading(model, *[MESSAGE.replace("Corfu", f"Island{k}") for k in range(12)])
    assert model.sampled <= 4


def test_a_rewording_two_samples_agree_on_is_trained():
    model = FakeModel(
        {
            "In other words": [
                " Which town is my residence in?",
                " Which town is my residence in?",
                " What is the capital of France?",
            ]
        }
    )
    made = reading(model, "I live in Bergen.")
    lessons = {lesson.question: lesson for lesson in made.facts[0].lessons}
    assert lessons["Which town is my residence in?"].kind == "paraphrase"
    assert lessons["Which town is my residence in?"].split == "train"
    assert "What is the capital of France?" not in lessons


@pytest.mark.parametrize(
    ("statement", "source", "expected"),
    [
        ("Your dog is called Rex.", "I walked my dog Rex", True),
        ("You walked your dog.", "i was walking the dog", True),
        ("You love cats.", "I walked my dog Rex", False),
    ],
)
def test_grounded(statement, source, expected):
    assert grounded(statement, source) is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which town is my home in?", True),
        ("Where does he live?", False),  # another person
        ("Where do you live?", False),
        ("Do I live in Bergen?", False),  # gives the answer away
        ("Where do I live?", False),  # the same words
        ("Where do I live with nine purple dragons?", False),
        ("my home", False),
    ],
)
def test_rewording(question, expected):
    assert rewording(question, "Where do I live?", "You live in Bergen.", ("Bergen",)) is expected


def test_the_round_trip_wants_the_own_statement_to_win():
    model = FakeModel({})
    assert answers(model, "Where do I live?", "You live in Bergen.", [])
    assert not answers(model, "Where do I live?", "You live in Bergen.", ["You live in Bergen."])
