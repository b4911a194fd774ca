"""The objective: the student's own words, who judges them, and that no gradient passes drawing."""

import math

import msgspec
import pytest
import torch

from sleep.engines import Example, Teaching
from sleep.engines.peft import PeftEngine
from sleep.lectures import Gates, Kind, Lecture, teach
from sleep.losses import log_probs
from sleep.objective import FRESH, Speech, Voice, asked, distillation, in_own_words
from sleep.seeding import Recipe, seed
from tests.fixtures_gguf import EOS_ID, VOCAB_SIZE
from tests.sleep.logits import random_ids
from tests.sleep.teaching import grown, make_engine, random_examples, random_expert, train

PREFIX = tuple(random_ids(VOCAB_SIZE, count=8, seed=1))
EXAMPLES = random_examples(PREFIX, [(6, 4)] * 6, seed=2)
VOICE = Voice((EOS_ID,))


@pytest.fixture
def engine(tiny_gguf, tmp_path, monkeypatch) -> PeftEngine:
    return grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch), PREFIX, EXAMPLES)


def lectures(engine: PeftEngine, kind: Kind = "fact") -> list[Lecture]:
    told = [Example((*x.prompt, *x.answer, 9), x.answer) for x in EXAMPLES]
    return teach(engine, [kind] * len(EXAMPLES), EXAMPLES, told)


def own(p: float, own_words: bool) -> Lecture:
    """The teacher prefers token 1 with probability p, then 2; the answer is token 2."""
    logprobs, tokens = torch.tensor([[p, 1 - p]]).log(), torch.tensor([[1, 2]])
    return Lecture("fact", Example((0,), (2,)), Teaching(logprobs, tokens), own_words=own_words)


def test_own_words_are_judged_not_learned():
    """An answer the student made up is pushed towards the teacher, never confirmed."""
    logits = torch.zeros(1, 4, requires_grad=True)
    student = log_probs(logits, asked([own(0.9, False)]))
    given = distillation(student, [own(0.9, False)], accepted=0.5, kind="forward_kl")
    assert given.item() == pytest.approx(math.log(4))  # contradicted: the accepted token alone
    spoken = distillation(student, [own(0.9, True)], accepted=0.5, kind="forward_kl")
    apart = 0.9 * math.log(0.9 * 4) + 0.1 * math.log(0.1 * 4)
    assert spoken.item() == pytest.approx(apart, rel=1e-4)
    spoken.backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] < 0 < logits.grad[0, 2]


def test_the_student_answers_and_the_told_teacher_judges(engine):
    train(engine, EXAMPLES, rate=0.5)
    given = lectures(engine)
    spoken = in_own_words(engine, given, None, ends=[EOS_ID], seed=4)
    said = engine.sample(
        [x.prompt for x in EXAMPLES], length=24, temperature=1.0, seed=4, ends=[EOS_ID]
    )
    assert [x.example.answer for x in spoken] == said
    assert all(x.own_words and x.kind == "fact" for x in spoken)
    assert [x.example.prompt for x in spoken] == [x.prompt for x in EXAMPLES]
    asked = [Example(x.told, y) for x, y in zip(given, said, strict=True)]
    for lecture, expected in zip(spoken, engine.teach(asked, 64), strict=True):
        assert torch.allclose(lecture.teaching.logprobs, expected.logprobs, atol=1e-5)
    engine.logits([x.example for x in spoken])  # prepared


def test_between_levels_the_faster_experts_judge(engine):
    """Taught by open experts, asked alike; the old by the student's past, what is still by none."""
    day, week = (random_expert(engine, f"{n}-0001", seed=i) for i, n in enumerate(("day", "week")))
    gates = Gates((day,), (), (week,))
    kinds: list[Kind] = ["fact", "unknown", "anchor", "in_prompt", "prose", "replay"]
    mixed = teach(engine, kinds, EXAMPLES, EXAMPLES, gates)
    by_base = engine.teach(EXAMPLES, 64)
    engine.gate([day])
    by_day = engine.teach(EXAMPLES, 64)
    engine.gate([week])
    by_week = engine.teach(EXAMPLES, 64)
    engine.gate([])
    assert not torch.allclose(by_base[0].logprobs, by_day[0].logprobs, atol=1e-2)
    expected = [*by_day[:2], *by_base[2:5], by_week[5]]
    for lecture, teaching in zip(mixed, expected, strict=True):
        assert torch.allclose(lecture.teaching.logprobs, teaching.logprobs, atol=1e-5)
    before = engine.logits(EXAMPLES)
    (spoken,) = in_own_words(engine, mixed[:1], gates, ends=[EOS_ID], seed=0)
    assert torch.equal(engine.logits(EXAMPLES), before), "left as the student needs it"
    engine.gate([day])
    (expected,) = engine.teach([spoken.example], 64)
    assert torch.allclose(spoken.teaching.logprobs, expected.logprobs, atol=1e-5)


def test_one_drawing_serves_some_steps(engine):
    given = lectures(engine)
    speech = Speech(engine, VOICE, share=0.5, facts=4, seed=0)
    asked: list[int] = []

    def draw(count: int) -> list[Lecture]:
        asked.append(count)
        return [given[i % 6] for i in range(count)]

    drawn = [speech.at(step, draw) for step in range(2 * FRESH)]
    halves = (drawn[:FRESH], drawn[FRESH:])
    old, new = ({x.example for some in half for x in some} for half in halves)
    assert [len(some) for some in drawn] == [2] * 2 * FRESH
    old, new = (
        {x.example for some in part for x in some} for part in (drawn[:FRESH], drawn[FRESH:])
    )
    with pytest.raises(KeyError):  # the first supply is forgotten
        engine.logits(list(old - new)[:1])
    assert Speech(engine, VOICE, share=0.0, facts=4, seed=0).at(0, draw) == []
    assert len(asked) == 2


def test_a_student_that_only_hears_itself_comes_to_its_teacher(engine):
    day = random_expert(engine, "day-0001", seed=1)
    gates = Gates((day,), (), ())
    given = teach(engine, ["fact"] * len(EXAMPLES), EXAMPLES, EXAMPLES, gates)

    def apart() -> float:
        fresh = in_own_words(engine, given, gates, ends=[EOS_ID], seed=99)
        student = engine.log_probs([x.example for x in fresh], asked(fresh))
        return distillation(student, fresh, accepted=0.0, kind="reverse_kl").item()

    before = apart()
    recipe = Recipe(rate=5e-3, facts=4, passes=20.0, on_policy=1.0, divergence="reverse_kl")
    frozen = {n: p.detach().clone() for n, p in engine._model.named_parameters() if "lora" not in n}
    seed(engine, given, recipe, voice=Voice((EOS_ID,), gates))
    assert apart() < 0.7 * before
    now = dict(engine._model.named_parameters())
    assert all(torch.equal(now[name], tensor) for name, tensor in frozen.items())


def test_what_is_off_draws_nothing(engine, monkeypatch):
    """The default recipe never asks the engine to speak."""
    monkeypatch.setattr(PeftEngine, "sample", lambda *_a, **_k: pytest.fail("it was sampled"))
    seed(engine, lectures(engine), Recipe(facts=2, passes=1.0))
    with pytest.raises(pytest.fail.Exception):
        seed(engine, lectures(engine), msgspec.structs.replace(Recipe(), on_policy=0.5))
