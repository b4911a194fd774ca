"""Choosing and trying dreams: gradients by hand, the self-exam, and copies that leave no trace."""

import random

import pytest
import torch

from sleep.dreaming.dream import Dream, Topic
from sleep.dreaming.generate import strays
from sleep.dreaming.select import alignment, chosen, gradient, norm, scored
from sleep.dreaming.trial import Mark, apart, held, learn, rewarded, self_exam
from sleep.engines import Example
from sleep.engines.peft import PeftEngine
from tests.fixtures_gguf import EOS_ID, VOCAB_SIZE
from tests.sleep.logits import random_ids
from tests.sleep.teaching import grown, make_engine, random_examples, random_expert, train

PREFIX = tuple(random_ids(VOCAB_SIZE, count=8, seed=1))
EXAMPLES = random_examples(PREFIX, [(6, 4)] * 6, seed=2)
EXAM, NOISE = EXAMPLES[:3], EXAMPLES[3:]


@pytest.fixture
def engine(tiny_gguf, tmp_path, monkeypatch) -> PeftEngine:
    made = grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch), PREFIX, EXAMPLES)
    train(made, NOISE, steps=2, rate=0.5)  # so that B is not zero and A has a gradient
    for parameter in made.parameters():
        parameter.grad = None
    return made


def dreams(count: int) -> list[Dream]:
    return [Dream(Topic(()), (), (), str(n), 1) for n in range(count)]


def test_a_gradient_is_that_of_the_loss_and_leaves_nothing(engine):
    found = gradient(engine, EXAM)
    assert all(parameter.grad is None for parameter in engine.parameters())
    answer = torch.tensor([token for x in EXAM for token in x.answer])
    torch.nn.functional.cross_entropy(engine.logits(EXAM), answer).backward()
    for one, parameter in zip(found, engine.parameters(), strict=True):
        assert parameter.grad is not None
        assert torch.allclose(
            one, parameter.grad, rtol=1e-4, atol=1e-6
        )  # float32, summed otherwise
    flat = torch.cat([one.flatten() for one in found])
    assert norm(found) == pytest.approx(float(flat.norm()), rel=1e-5)


def test_alignment_by_hand():
    one = [torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])]
    other = [torch.tensor([0.0, 2.0]), torch.tensor([[1.0]])]
    assert alignment(one, one) == pytest.approx(1)
    assert alignment(one, [-part for part in one]) == pytest.approx(-1)
    assert alignment(one, other) == pytest.approx(4 / (5 * 5**0.5))
    assert alignment(one, [torch.zeros(2), torch.zeros(1, 1)]) == 0


def test_a_dream_of_the_exam_is_aligned_with_it(engine):
    like, unlike = dreams(2)
    like.lessons, unlike.lessons = EXAM, NOISE
    scored(engine, [like, unlike], EXAM, "alignment")
    assert like.score == pytest.approx(1, abs=1e-4)
    assert unlike.score is not None
    assert unlike.score < 0.9
    scored(engine, [like], [], "norm")
    assert like.score == pytest.approx(norm(gradient(engine, EXAM)))
    untouched = dreams(1)
    scored(engine, untouched, EXAM, "random")
    assert untouched[0].score is None


def test_the_best_and_a_few_others_are_chosen():
    every = dreams(10)
    for number, each in enumerate(every):
        each.score = float(number)
    found = [int(x.text) for x in chosen(every, 3, 2, random.Random(0))]
    assert found[:3] == [9, 8, 7]
    assert len(set(found)) == 5
    others = {int(x.text) for n in range(40) for x in chosen(every, 3, 2, random.Random(n))[3:]}
    assert others == set(range(7))
    unscored = dreams(10)
    first = {chosen(unscored, 1, 0, random.Random(n))[0].text for n in range(60)}
    assert len(first) > 7  # no order of their own
    assert len(chosen(unscored, 20, 5, random.Random(0))) == 10


def test_right_is_what_greedy_decoding_says(engine):
    (said,) = engine.sample([EXAM[0].prompt], length=4, temperature=0, seed=0, ends=[EOS_ID])
    right = Example(EXAM[0].prompt, said, EXAM[0].shared)
    wrong = Example(EXAM[0].prompt, (*said[:-1], 7 if said[-1] != 7 else 8), EXAM[0].shared)
    engine.prepare([right, wrong])
    assert self_exam(engine, [right, wrong, right]).right == 2
    assert self_exam(engine, [wrong]).right == 0
    assert self_exam(engine, []) == Mark(0, 0.0)
    answer = torch.tensor(EXAM[0].answer)
    nats = torch.nn.functional.cross_entropy(engine.logits(EXAM[:1]), answer).item()
    assert self_exam(engine, EXAM[:1]).nats == pytest.approx(nats, rel=1e-5)


def test_marks_are_compared_by_answers_first():
    assert Mark(3, 9.0).better_than(Mark(2, 1.0))
    assert not Mark(2, 1.0).better_than(Mark(3, 9.0))
    assert Mark(2, 1.0).better_than(Mark(2, 1.1))
    assert not Mark(2, 1.0).better_than(Mark(2, 1.0))


def test_a_try_leaves_no_trace(engine):
    before = [parameter.detach().clone() for parameter in engine.parameters()]
    base = self_exam(engine, EXAM)
    assert rewarded(engine, EXAM, EXAM, base, rate=5e-3)
    assert all(torch.equal(a, b) for a, b in zip(before, engine.parameters(), strict=True))

    def broken() -> None:
        with apart(engine):
            learn(engine, EXAM, rate=5e-3, steps=1)
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        broken()
    assert all(torch.equal(a, b) for a, b in zip(before, engine.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in engine.parameters())


def test_what_does_not_help_is_not_rewarded(engine):
    learn(engine, EXAM, rate=5e-3, steps=12)
    assert not rewarded(engine, NOISE, EXAM, self_exam(engine, EXAM), rate=5e-3)


def test_anchors_hold_the_student_as_it_is(engine):
    anchors = held(engine, NOISE)
    logits = engine.logits(NOISE).log_softmax(-1).detach()

    def moved(anchored: bool) -> float:
        with apart(engine):
            some = anchors if anchored else []
            learn(engine, EXAM, rate=5e-3, steps=10, anchors=some)
            now = engine.logits(NOISE).log_softmax(-1).detach()
        return float((logits.exp() * (logits - now)).sum(-1).mean())

    assert moved(anchored=True) < 0.5 * moved(anchored=False)


def test_every_layer_has_one_stray_expert(tiny_gguf, tmp_path, monkeypatch):
    gguf = tiny_gguf("llama")
    first = grown(make_engine(gguf, tmp_path, monkeypatch), PREFIX, EXAMPLES, first_layer=0)
    pool = [random_expert(first, f"day-000{n}", seed=n) for n in (1, 2, 3)]
    seen = set()
    for seed in range(20):
        found = strays(pool, 0.25, random.Random(seed))
        layers = [name.split(".")[2] for expert in found for name in expert.modules]
        assert sorted(set(layers)) == ["0", "1", "2"]
        assert len(layers) == 3 * 7  # every module of every layer once
        assert {expert.gate for expert in found} == {0.25}
        by_id = {f"{expert.id}-stray": expert for expert in pool}
        for expert in found:
            assert all(
                torch.equal(by_id[expert.id].tensors[n], t) for n, t in expert.tensors.items()
            )
        seen.add(tuple(expert.id for expert in found))
    assert len(seen) > 3
    assert strays([], 0.25, random.Random(0)) == strays(pool, 0.0, random.Random(0)) == []
