"""The morning report, as data and in words."""

import json
from typing import Any

import msgspec
import pytest

from sleep.diary import Diary, nothing_more
from sleep.easing import Eased
from sleep.exam import Part, Verdict, judge
from sleep.export import ExportReport
from sleep.growing import Grown, Seeded
from sleep.levels import Step
from sleep.report import in_words, peak_mb, report
from sleep.seeding import Recipe
from sleep.waking import Woken
from sleep.witness import Testimony as Said
from tests.sleep.teaching import LIMITS, paper, verdict_on

LEARNED = Woken("learned", "", ((1, "Your dog is called Biscuit."),), ())
FILE = ExportReport(
    path="model.gguf",
    sha256="ab",
    file_bytes=110,
    base_bytes=100,
    changed=3,
    types={"Q5_1": 3},
    change=0.007,
    survival=0.98765,
    worst_survival=0.9,
    worst_tensor="blk.0.attn_q.weight",
    error=0.01,
    candidates=[],
    seconds=2.0,
)


@pytest.fixture
def diary(journal):
    diary = Diary.begin(journal, "{}", lambda stage, text: None)
    diary.seconds |= {"gather": 0.04, "seed": 123.456}
    return diary


def morning(
    diary: Diary, woken: Woken, minutes: float, verdict: Verdict | None, file: ExportReport | None
) -> dict[str, Any]:
    """The report of a night with this exam of this file."""
    for name, result in (("export", file), ("exam", verdict)):
        if result is not None:
            stored(diary, name, result)
    return report(diary, woken, minutes)


def stored(diary: Diary, name: str, result: msgspec.Struct) -> None:
    """A stage that took no time."""
    diary.stage(name, type(result), lambda: (result, nothing_more))
    del diary.seconds[name]


def test_a_night_that_learned(diary):
    verdict = verdict_on("new", 10, before=1, after=9, nats=(3.0, 3.01))
    found = morning(diary, LEARNED, 2.3456, verdict, FILE)
    assert found["status"] == "learned"
    assert found["minutes"] == 2.35
    assert found["stages"] == {"gather": 0.0, "seed": 123.5}
    assert found["learned"] == [{"memory_id": 1, "text": "Your dog is called Biscuit."}]
    assert found["refused"] == []
    (failing,) = found["exam"].pop("failing")
    assert (failing["part"], failing["after"]) == ("new", "Rex")
    assert found["exam"] == {
        "passed": True,
        "reasons": [],
        "parts": {"new": {"asked": 10, "before": 1, "after": 9, "kept": 1, "needed": 5}},
        "perplexity_ratio": 1.0101,
    }
    assert found["file"] == {
        "bytes": 110,
        "base_bytes": 100,
        "types": {"Q5_1": 3},
        "survival": 0.9877,
    }
    assert "eased" not in found
    assert json.loads(json.dumps(found)) == found, "nothing in it is other than JSON"


def test_a_night_that_was_eased(diary):
    """The exam and the file are the last ones, and why there was another is told."""
    hard = verdict_on("general", 20, before=20, after=10)
    passed = verdict_on("general", 20, before=20, after=19)
    smaller = msgspec.structs.replace(FILE, file_bytes=105)
    stored(diary, "export", FILE)
    stored(diary, "exam", hard)
    stored(diary, "ease", Eased(0.9, hard.reasons, smaller, passed))
    found = report(diary, LEARNED, 2.0)
    assert found["exam"]["passed"]
    assert found["file"]["bytes"] == 105
    assert found["eased"] == {"strength": 0.9, "refused": list(hard.reasons)}
    assert in_words(found)[2:5] == [
        f"At full strength the exam refused it: {hard.reasons[0]}.",
        "It was written once more, at 0.9 of that strength.",
        "The exam, on the file that is to be served:",
    ]


def test_in_words(diary):
    verdict = verdict_on("new", 10, before=1, after=9)
    assert in_words(morning(diary, LEARNED, 2.0, verdict, FILE)) == [
        "This one thing I now know by heart:",
        "  Your dog is called Biscuit.",
        "The exam, on the file that is to be served:",
        "  about what is new            9 of 10 right (before: 1)",
        "  perplexity of ordinary text 1.000 x the base",
    ]


def test_what_is_not_sure_stays_in_the_notes(diary):
    both = ((1, "Your dog is called Biscuit."), (2, "You live in York."))
    woken = Woken("learned", "", both, ((3, "You like tea."), (4, "You play chess.")))
    lines = in_words(morning(diary, woken, 2.0, None, None))
    assert lines == [
        "These 2 things I now know by heart:",
        "  Your dog is called Biscuit.",
        "  You live in York.",
        "These 2 things I am not sure of; kept in my notes:",
        "  You like tea.",
        "  You play chess.",
    ]


def test_a_refused_night_says_why(diary):
    verdict = verdict_on("general", 20, before=20, after=10)
    woken = Woken("refused", "; ".join(verdict.reasons), (), ((3, "You like tea."),))
    found = morning(diary, woken, 2.0, verdict, FILE)
    assert found["exam"]["passed"] is False
    assert found["exam"]["reasons"] == list(verdict.reasons)
    lines = in_words(found)
    assert lines[0] == "This one thing I did not learn; kept in my notes:"
    assert lines[2].startswith("Of 20 ordinary questions that it got right, 10 are left")
    assert lines[2].endswith(".")


def test_a_night_with_nothing_to_do(diary):
    found = morning(diary, Woken("nothing", "nothing was said", (), ()), 0.01, None, None)
    assert found["exam"] is None
    assert "file" not in found
    assert in_words(found) == ["Nothing was said."]


def test_every_part_has_its_words(diary):
    parts: list[Part] = ["new", "old", "general", "in_prompt", "unknown"]
    exam = [item for part in parts for item in paper(part, 1)]
    testimony = Said(("Biscuit",) * 5, 3.0)
    found = morning(diary, LEARNED, 1.0, judge(exam, testimony, testimony, LIMITS), None)
    lines = in_words(found)[3:8]
    assert len({line.index(" of 1 right") for line in lines}) == 1  # in columns
    assert [line.partition("  1 of")[0].partition("  0 of")[0].strip() for line in lines] == [
        "about what is new",
        "about older memories",
        "ordinary questions",
        "answered by their prompt",
        "never told, and said so",
    ]


@pytest.mark.parametrize(
    ("waiting", "said"),
    [(0, []), (1, ["1 thing waits for another night; there was no time."])],
)
def test_what_waits_is_told(diary, waiting, said):
    done = Seeded(steps=9, planned=9, loss=0.1, worst={}, waiting=waiting)
    stored(diary, "seed", done)
    found = report(diary, LEARNED, 1.0)
    assert found["waiting"] == waiting
    assert in_words(found)[2:] == said


def test_a_level_that_was_put_off_is_told(diary):
    recipe = Recipe()
    stored(diary, "grow", Grown(1, 0, 7, (Step(1, "day-0007"),), recipe, ("week",)))
    found = report(diary, LEARNED, 1.0)
    assert found["put_off"] == ["week"]
    assert in_words(found)[2:] == [
        "What moves into the week does so another night; there was no time."
    ]


def test_memory_peak_is_in_megabytes():
    assert 20 < peak_mb() < 1e5


def test_training_that_time_cut_short_is_told(diary):
    def seeded(steps: int) -> list[str]:
        done = Seeded(steps=steps, planned=120, loss=0.1, worst={})
        with diary.journal.writing() as db:
            db.execute("DELETE FROM stages")
        diary.stage("seed", Seeded, lambda: (done, nothing_more))
        found = morning(diary, LEARNED, 1.0, None, None)
        assert found["training"] == {"steps": steps, "planned": 120}
        return in_words(found)

    assert "There was time for 40 of 120 steps." in seeded(40)
    assert not any("There was time" in line for line in seeded(120))
