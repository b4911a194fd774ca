"""Less of what is new, when the exam says that it pulls too hard."""

import math

import pytest
import torch

from sleep import exam as exam_
from sleep.easing import STRENGTHS, ease, pulls_too_hard, weakened
from sleep.exam import Verdict, judge, sit_again, still_asked, summons
from sleep.experts import delta
from sleep.export import ExportReport
from sleep.witness import Answer, Summons, Told
from sleep.witness import Testimony as Said
from tests.sleep.teaching import ASKED, LIMITS, answers, paper, verdict_on
from tests.sleep.test_experts import Q, make

HARD = verdict_on("general", 20, before=20, after=10)
GOOD = verdict_on("general", 20, before=20, after=19)
TOO_LITTLE = verdict_on("new", 10, before=0, after=1)


def written(strength: float) -> ExportReport:
    """A file that holds this share of tonight's experts."""
    return ExportReport(f"{strength}", "ab", 1, 1, 1, {}, 0.1, 1.0, 1.0, "", 0.0, [], 1.0)


def test_only_a_model_that_knows_what_is_new_pulls_too_hard():
    assert pulls_too_hard(HARD)
    assert pulls_too_hard(verdict_on("old", 10, before=10, after=2))
    assert pulls_too_hard(verdict_on("in_prompt", 10, before=10, after=2))
    assert pulls_too_hard(verdict_on("new", 10, before=0, after=9, nats=(3.0, 3.1)))
    assert not pulls_too_hard(GOOD)
    assert not pulls_too_hard(TOO_LITTLE)
    assert not pulls_too_hard(verdict_on("new", 10, before=0, after=1, nats=(3.0, 3.1)))
    assert not pulls_too_hard(verdict_on("unknown", 10, before=10, after=1))


def test_what_moves_to_another_level_must_be_known_as_well():
    """A slower level's expert that has not learned it knows even less at less strength."""
    lost = verdict_on("old", 10, before=10, after=2)
    spilt = verdict_on("old", 10, before=10, after=10, nats=(3.0, 3.1))
    assert not pulls_too_hard(lost, moves=True)
    assert pulls_too_hard(spilt, moves=True)
    assert pulls_too_hard(HARD, moves=True)


@pytest.mark.parametrize("verdict", [GOOD, TOO_LITTLE])
def test_nothing_else_is_eased(verdict):
    with pytest.raises(AssertionError):
        ease(verdict, written, lambda: verdict)


@pytest.mark.parametrize(
    ("verdicts", "tried"),
    [
        ([GOOD], 1),
        ([HARD, GOOD], 2),
        ([HARD, HARD], 2),
        ([TOO_LITTLE], 1),
    ],
)
def test_it_ends_with_the_first_that_does_not_pull_too_hard(verdicts, tried):
    said = iter(verdicts)
    eased = ease(HARD, written, lambda: next(said))
    assert eased.strength == STRENGTHS[tried - 1]
    assert eased.exported == written(eased.strength), "the report is of the file that was examined"
    assert eased.verdict == verdicts[-1]
    assert eased.refused == HARD.reasons
    assert list(said) == []


def test_weaker_is_the_same_change_but_smaller():
    older, new = make("older"), make("new")
    weak = weakened([older, new], {"new"}, 0.9)
    assert [expert.id for expert in weak] == ["older", "new"]
    assert weak[0] is older
    whole, less = delta([new], Q), delta([weak[1]], Q)
    assert whole is not None
    assert less is not None
    torch.testing.assert_close(less, 0.9 * whole)
    assert weak[1].gate == 1, "an expert of a generation is open, whatever its strength"


def test_the_new_file_alone_is_asked_again(monkeypatch):
    paper_ = paper("general", 20)
    verdict = judge(
        paper_,
        Said(tuple(answers("general", 20, 20)), 3.0),
        Said(tuple(answers("general", 10, 20)), 3.1),
        LIMITS,
    )
    asked: list[Summons] = []

    def hear(summons: Summons, told: Told) -> Said:
        asked.append(summons)
        for place in range(len(summons.questions)):
            told(Answer(place, "Biscuit"))
        return Said(("Biscuit",) * len(summons.questions), 3.02)

    monkeypatch.setattr(exam_, "hear", hear)
    heard: list[tuple[int, str, str | None]] = []
    new = summons("new.gguf", paper_, 1024, 1)
    again = sit_again(paper_, verdict, new, LIMITS, lambda *said: heard.append(said))
    assert asked == [new]
    assert heard == [(place, "Biscuit", "Biscuit") for place in range(20)]
    assert again.passed
    assert again.parts["general"].before == 20
    assert again.perplexity_before == pytest.approx(verdict.perplexity_before)
    assert again.perplexity_ratio == pytest.approx(math.exp(0.02))


def test_what_was_taken_away_meanwhile_is_not_asked_again():
    paper_ = paper("old", 6)
    gone = [item for item in paper_ if item.memory_id == 1]
    said = Said(("Biscuit",) * 4, 3.0)
    there = [item for item in paper_ if item.memory_id != 1]
    verdict: Verdict = judge(there, said, said, LIMITS)
    assert still_asked(paper_, verdict) == there
    assert len(gone) == 2
    assert {item.asked for item in there} == {ASKED}
