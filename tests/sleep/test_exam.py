"""The exam: each reason on its own and at its boundary, who is asked, and against whom."""

import math
from pathlib import Path

import msgspec
import psutil
import pytest

from assistant.engine import Engine
from assistant.errors import ReverieError
from assistant.prompt import ChatMessage
from sleep import exam as exam_
from sleep import texts
from sleep.exam import Item, Part, items, judge, sit, summons
from sleep.memory import Lesson
from sleep.prompts import Prompts
from sleep.witness import Answer, Summons, Told, hear, question, to_nobody
from sleep.witness import Testimony as Said
from sleep.witness import testify as answer_here
from tests.sleep.teaching import ASKED, INVENTION, LIMITS, REFUSAL, answers, paper, verdict_on


@pytest.mark.parametrize(
    ("part", "count", "before", "enough", "reason"),
    [
        ("new", 10, 0, 5, "only 4 of 10 questions about what is new were answered (60% are"),
        ("new", 5, 5, 2, "only 1 of 5 questions"),
        ("new", 1, 0, 1, "only 0 of 1 questions"),
        ("old", 5, 5, 4, "of 5 older memories that it got right, 3 are left (90% are"),
        ("old", 10, 10, 8, "of 10 older memories that it got right, 7 are left (90% are"),
        ("old", 20, 10, 8, "of 10 older memories that it got right, 7 are left"),
        ("general", 20, 20, 17, "of 20 ordinary questions that it got right, 16 are left (90%"),
        ("in_prompt", 10, 10, 7, "of 10 questions answered by their prompt that it got right, 6"),
        ("unknown", 10, 10, 7, "it invents answers to 4 of 10 things never told"),
        ("unknown", 10, 4, 4, "it invents answers to 7 of 10 things never told"),
    ],
)
def test_each_part_at_its_boundary(part, count, before, enough, reason):
    passed = verdict_on(part, count, before=before, after=enough)
    assert (passed.passed, passed.reasons) == (True, ())
    failed = verdict_on(part, count, before=before, after=enough - 1)
    assert not failed.passed
    assert len(failed.reasons) == 1
    assert reason in failed.reasons[0]


@pytest.mark.parametrize("part", ["new", "old", "general", "in_prompt", "unknown"])
def test_a_large_exam_leaves_little_doubt(part):
    share = {"new": 0.6, "in_prompt": 0.8, "unknown": 0.8}.get(part, 0.9)
    far = round(1000 * (share - 0.05))
    assert not verdict_on(part, 1000, before=1000, after=far).passed
    near = round(1000 * (share - 0.005))
    assert verdict_on(part, 1000, before=1000, after=near).passed


@pytest.mark.parametrize("part", ["old", "general", "in_prompt"])
def test_what_it_could_not_do_before_is_not_asked_of_it(part):
    assert verdict_on(part, 10, before=0, after=0).passed


@pytest.mark.parametrize("part", ["old", "general", "in_prompt"])
def test_what_it_lost_is_not_made_good_by_what_it_gained(part):
    before = Said(("Biscuit",) * 10 + ("Rex",) * 10, None)
    after = Said(("Rex",) * 5 + ("Biscuit",) * 15, None)
    verdict = judge(paper(part, 20), before, after, LIMITS)
    assert (verdict.parts[part].after, verdict.parts[part].kept) == (15, 5)
    assert "of 10" in verdict.reasons[0]
    assert "5 are left" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("ratio", "passed"), [(0.9, True), (1.0499, True), (1.0501, False), (float("nan"), False)]
)
def test_perplexity(ratio, passed):
    nats = 3.0 + math.log(ratio)
    verdict = verdict_on("general", 4, before=4, after=4, nats=(3.0, nats))
    assert verdict.passed is passed
    if not passed:
        assert "times as surprising (1.05 is allowed)" in verdict.reasons[0]
    if not math.isnan(ratio):
        assert verdict.perplexity_ratio == pytest.approx(ratio)
        assert verdict.perplexity_after / verdict.perplexity_before == pytest.approx(ratio)


def test_every_failing_part_is_named():
    parts: list[Part] = ["new", "old", "general", "in_prompt", "unknown"]
    exam = [item for part in parts for item in paper(part, 10)]
    good = tuple(a for part in parts for a in answers(part, 10, 10))
    bad = tuple(a for part in parts for a in answers(part, 0, 10))
    verdict = judge(exam, Said(good, 3.0), Said(bad, 4.0), LIMITS)
    assert len(verdict.reasons) == 6
    assert not verdict.passed
    assert list(verdict.parts) == parts
    fine = judge(exam, Said(good, 3.0), Said(good, 3.0), LIMITS)
    assert fine.passed
    assert {(s.asked, s.before, s.after, s.kept) for s in fine.parts.values()} == {(10,) * 4}


def test_an_exam_of_nothing_is_passed():
    verdict = judge([], Said((), None), Said((), None), LIMITS)
    assert (verdict.passed, verdict.perplexity_ratio, verdict.parts) == (True, 1.0, {})


def test_shares_of_a_memory():
    verdict = verdict_on("new", 9, before=0, after=4)  # memories 0, 1, 2, 0, ...
    assert [verdict.shares(n) for n in (0, 1, 2, 7)] == [(2, 3), (1, 3), (1, 3), (0, 0)]


def test_answers_too_few_are_an_error():
    with pytest.raises(ValueError, match="argument"):
        judge(paper("new", 2), Said(("a",), None), Said(("a", "b"), None), LIMITS)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("You live in York.", True),
        ("You live in York, not in Leeds.", True),
        ("You moved from Leeds to York.", True),
        ("You live in Leeds.", False),
        ("You live in Leeds and York.", False),
        ("In Leeds... York.", False),
        ("I don't know.", False),
    ],
)
def test_after_a_correction_the_old_value_must_not_come(answer, right):
    item = Item("new", "Where do I live?", ASKED, ("York",), reject=("Leeds",))
    assert item.right(answer) is right


def test_an_unknown_thing_is_right_when_it_says_so():
    item = Item("unknown", "What is my brother called?", ASKED, ())
    assert item.right(REFUSAL)
    assert not item.right(INVENTION)
    assert not item.right("")


LESSON = Lesson("What is my dog called?", "Your dog is called Biscuit.", ("Biscuit",), "d", "exam")
UNKNOWN = Lesson("What is my cat called?", REFUSAL, (), "unknown", "exam")


@pytest.fixture
def prompts(tiny_gguf):
    engine = Engine(tiny_gguf("llama"), n_ctx=256, n_threads=1, n_gpu_layers=0)
    yield Prompts(engine, "Be brief.")
    engine.close()


def test_all_parts_are_asked_as_the_app_asks(prompts):
    exam = items(
        prompts, new=[(7, LESSON, ("Rex",))], old=[(3, LESSON)], unknown=[UNKNOWN, UNKNOWN]
    )
    by_part = {
        part: [i for i in exam if i.part == part] for part in dict.fromkeys(i.part for i in exam)
    }
    assert {part: len(found) for part, found in by_part.items()} == {
        "new": 1,
        "old": 1,
        "general": len(texts.general_exam()),
        "in_prompt": len(texts.in_context("exam")),
        "unknown": 2,
    }
    (new,), (old,) = by_part["new"], by_part["old"]
    assert (new.accept, new.reject, new.memory_id) == (("Biscuit",), ("Rex",), 7)
    assert (old.accept, old.reject, old.memory_id) == (("Biscuit",), (), 3)
    expected = (("system", "Be brief."), ("user", LESSON.question))
    assert new.asked.messages == old.asked.messages == expected
    assert {item.memory_id for item in exam if item.part not in ("new", "old")} == {None}
    for item, told in zip(by_part["in_prompt"], texts.in_context("exam"), strict=True):
        conversation = " ".join(content for _, content in item.asked.messages)
        assert all(note in conversation for note in told.notes)
        assert all(turn.content in conversation for turn in told.turns)
        assert item.asked.messages[0] == ("system", "Be brief.")
        assert item.asked.messages[-1] == ("user", told.question)


def test_a_summons_carries_questions_and_prose(prompts):
    exam = items(prompts, new=[(7, LESSON, ())], old=[], unknown=[])
    found = summons("some.gguf", exam, 512, 3)
    assert (found.model, found.n_ctx, found.n_threads) == ("some.gguf", 512, 3)
    assert found.questions == tuple(item.asked for item in exam)
    assert found.text == texts.heldout_prose()
    assert msgspec.json.decode(msgspec.json.encode(found), type=Summons) == found


class Court:
    """Answers for each file as the test says, and remembers who was summoned."""

    def __init__(self, **testimonies: Said) -> None:
        self.testimonies = testimonies
        self.heard: list[Summons] = []

    def hear(self, summoned: Summons, told: Told) -> Said:
        self.heard.append(summoned)
        testimony = self.testimonies[summoned.model]
        said = Said(testimony.answers[: len(summoned.questions)], testimony.nats_per_token)
        for place in reversed(range(len(said.answers))):  # they need not end in order
            told(Answer(place, said.answers[place]))
        return said


EXAM = [*paper("new", 1), *paper("old", 1), *paper("general", 1), *paper("unknown", 1)]
EXAM = [
    msgspec.structs.replace(item, asked=question([ChatMessage("user", item.question)]))
    for item in EXAM
]


def test_memories_against_the_served_model_and_the_self_against_the_base(monkeypatch):
    court = Court(
        base=Said(("base", "base"), 3.0),
        served=Said(("served", "served"), 9.0),
        new=Said(("new", "new", "new", "new"), 3.5),
    )
    monkeypatch.setattr(exam_, "hear", court.hear)
    asked = {name: summons(name, EXAM, 512, 1) for name in ("base", "served", "new")}
    told: list[tuple[int, str, str | None]] = []
    verdict = sit(EXAM, **asked, limits=LIMITS, heard=lambda *said: told.append(said))
    assert [a.before for a in verdict.answers] == ["served", "served", "base", "base"]
    assert [a.after for a in verdict.answers] == ["new"] * 4
    assert verdict.perplexity_ratio == pytest.approx(1.6487, abs=1e-3)
    assert [s.model for s in court.heard] == ["base", "served", "new"]
    assert [bool(s.text) for s in court.heard] == [True, False, True]
    wanted = [[q.messages[-1][1] for q in s.questions] for s in court.heard]
    assert wanted == [
        ["general 0?", "unknown 0?"],
        ["new 0?", "old 0?"],
        [item.question for item in EXAM],
    ]
    before = [(3, "base", None), (2, "base", None), (1, "served", None), (0, "served", None)]
    after = [(3, "base", "new"), (2, "base", "new"), (1, "served", "new"), (0, "served", "new")]
    assert told == before + after


def test_on_the_first_night_the_base_is_the_served_one_and_asked_once(monkeypatch):
    court = Court(
        base=Said(("b",) * 4, 3.0),
        new=Said(("n",) * 4, 3.0),
    )
    monkeypatch.setattr(exam_, "hear", court.hear)
    base, new = summons("base", EXAM, 512, 1), summons("new", EXAM, 512, 1)
    verdict = sit(EXAM, base=base, served=base, new=new, limits=LIMITS)
    assert [a.before for a in verdict.answers] == ["b"] * 4
    assert [s.model for s in court.heard] == ["base", "new"]


def test_a_witness_in_a_process_of_its_own_says_the_same(tiny_gguf):
    asked = tuple(
        question([ChatMessage("system", "Be brief."), ChatMessage("user", text)])
        for text in ("Who is Biscuit?", "What is my name?")
    )
    summoned = Summons(str(tiny_gguf("llama")), 256, 1, 6, asked, "It was a bright cold day.")
    here = answer_here(summoned, to_nobody)
    assert len(here.answers) == 2
    assert here.nats_per_token is not None
    assert 1 < here.nats_per_token < 20
    told: list[Answer] = []
    assert hear(summoned, told.append) == here
    assert sorted(told, key=lambda answer: answer.place) == [
        Answer(place, text) for place, text in enumerate(here.answers)
    ]
    assert answer_here(msgspec.structs.replace(summoned, text=""), to_nobody).nats_per_token is None


def test_the_likelihood_is_the_mean_over_the_text(tiny_gguf):
    path: Path = tiny_gguf("llama")
    text = "It was a bright cold day and the woman was thinking."
    engine = Engine(path, n_ctx=256, n_threads=1, n_gpu_layers=0)
    ids = engine.prompt_ids(text)
    expected = -sum(engine.logprobs(ids[:1], ids[1:])) / (len(ids) - 1)
    engine.close()
    found = answer_here(Summons(str(path), 256, 1, 4, (), text), to_nobody)
    assert found.answers == ()
    assert found.nats_per_token == pytest.approx(expected, rel=1e-4)


def test_a_witness_ends_with_the_night_that_summoned_it(tiny_gguf):
    asked = tuple(question([ChatMessage("user", f"Number {n}?")]) for n in range(200))
    told: list[Answer] = []
    others = psutil.Process().children()

    def stop(answer: Answer) -> None:
        told.append(answer)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hear(Summons(str(tiny_gguf("llama")), 256, 1, 6, asked, ""), stop)
    assert len(told) == 1
    assert [child for child in psutil.Process().children() if child not in others] == []


def test_a_file_that_cannot_be_opened_is_said_so(tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, or so it says")
    with pytest.raises(ReverieError, match=r"broken\.gguf could not be examined: reverie: "):
        hear(Summons(str(broken), 256, 1, 6, (), ""))
