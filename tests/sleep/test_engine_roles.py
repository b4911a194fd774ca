"""Teacher and student of one engine: gates, sampling from either, and trying without keeping."""

import dataclasses

import numpy as np
import pytest
import torch

from sleep.engines import Example
from sleep.engines.peft import PeftEngine
from sleep.weights import ensure_training_weights
from tests.fixtures_gguf import EOS_ID, VOCAB_SIZE
from tests.sleep.logits import divergence, random_ids, torch_model
from tests.sleep.teaching import (
    TRAINABLE,
    answers_alone,
    grown,
    make_engine,
    random_examples,
    random_expert,
    train,
)

PREFIX = random_ids(VOCAB_SIZE, count=9, seed=1)
EXAMPLES = random_examples(PREFIX, [(12, 5), (30, 8), (6, 3), (1, 1), (0, 3)])
PROMPTS = [random_ids(VOCAB_SIZE, count=n, seed=n) for n in (7, 3, 12, 7)]


def frozen(engine: PeftEngine) -> dict[str, torch.Tensor]:
    new = {id(parameter) for parameter in engine.parameters()}
    named = engine._model.named_parameters()
    return {name: p.detach().clone() for name, p in named if id(p) not in new}


def said(engine: PeftEngine, *, student: bool, **more: object) -> list[tuple[int, ...]]:
    asked: dict[str, object] = {"length": 6, "temperature": 0.0, "seed": 0, "ends": [EOS_ID]}
    return engine.sample(PROMPTS, student=student, **asked | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("arch", "dtype"), [("llama", torch.bfloat16), ("phi3", torch.float32)])
def test_gates_come_and_go_bit_for_bit(arch, dtype, tiny_gguf, tmp_path, monkeypatch):
    gguf = tiny_gguf(arch)
    first = grown(make_engine(gguf, tmp_path, monkeypatch), PREFIX, EXAMPLES)
    one, two = (random_expert(first, f"day-000{n}", seed=n) for n in (1, 2))
    shut = dataclasses.replace(one, gate=0.0)
    engine = grown(make_engine(gguf, tmp_path, monkeypatch, dtype=dtype), PREFIX, EXAMPLES)
    base, plain = frozen(engine), engine.logits(EXAMPLES).detach()
    for gated in ([one], [one, two], [shut, two], [], [two]):
        engine.gate(gated)
        fresh = make_engine(gguf, tmp_path, monkeypatch, gated, dtype)
        expected = dict(fresh._model.named_parameters())
        for name, tensor in frozen(engine).items():
            assert torch.equal(tensor, expected[name.replace("base_layer.", "")]), name
    assert (engine.logits(EXAMPLES) - plain).abs().max() > 1e-2
    engine.gate([])
    assert all(torch.equal(tensor, base[name]) for name, tensor in frozen(engine).items())
    assert torch.equal(engine.logits(EXAMPLES), plain)


def test_a_change_below_the_new_expert_asks_for_new_preparation(tiny_gguf, tmp_path, monkeypatch):
    gguf = tiny_gguf("llama")
    low = random_expert(
        grown(make_engine(gguf, tmp_path, monkeypatch), PREFIX, EXAMPLES, first_layer=0), "l", 1
    )
    engine = grown(make_engine(gguf, tmp_path, monkeypatch), PREFIX, EXAMPLES, first_layer=2)
    engine.gate([low])
    with pytest.raises(KeyError):
        engine.logits(EXAMPLES)
    engine.prepare(EXAMPLES)
    same = make_engine(gguf, tmp_path, monkeypatch, [low])
    expected = grown(same, PREFIX, EXAMPLES, first_layer=2).logits(EXAMPLES)
    assert torch.equal(engine.logits(EXAMPLES), expected)
    engine.prepare(EXAMPLES[:1])
    engine.release(EXAMPLES[:1])
    engine.logits(EXAMPLES[:1])  # released less often than prepared
    engine.release(EXAMPLES[:1])
    with pytest.raises(KeyError):
        engine.logits(EXAMPLES[:1])
    engine.logits(EXAMPLES[1:])


def test_the_teacher_is_without_the_new_expert(tiny_gguf, tmp_path, monkeypatch):
    engine = grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch), PREFIX, EXAMPLES)
    before, spoken = engine.teach(EXAMPLES, 5), said(engine, student=False)
    assert said(engine, student=True) == spoken  # newly born, they say the same
    train(engine, EXAMPLES, steps=8, rate=0.5)
    for old, new in zip(before, engine.teach(EXAMPLES, 5), strict=True):
        assert torch.equal(old.logprobs, new.logprobs)
        assert torch.equal(old.tokens, new.tokens)
    assert said(engine, student=False) == spoken
    assert said(engine, student=True) != spoken
    assert all(parameter.requires_grad for parameter in engine.parameters())


@pytest.mark.parametrize("arch", TRAINABLE)
def test_greedy_is_the_likeliest_token_each_time(arch, tiny_gguf, tmp_path, monkeypatch):
    """Prompts of different lengths together say what each says alone."""
    engine = make_engine(tiny_gguf(arch), tmp_path, monkeypatch)
    model = torch_model(ensure_training_weights(tiny_gguf(arch), tmp_path))
    for prompt, reply in zip(PROMPTS, said(engine, student=True), strict=True):
        alone = answers_alone(model, Example(tuple(prompt), reply))
        assert alone.argmax(-1).tolist() == list(reply)


def test_sampling_follows_temperature_and_seed(tiny_gguf, tmp_path, monkeypatch):
    engine = make_engine(tiny_gguf("llama"), tmp_path, monkeypatch)
    prompt = PROMPTS[0]
    (logits,) = answers_alone(
        torch_model(ensure_training_weights(tiny_gguf("llama"), tmp_path)),
        Example(tuple(prompt), (5,)),
    )
    logits /= 2.0  # the temperature
    p = np.exp(logits - logits.max())
    state = torch.get_rng_state()
    drawn = engine.sample(
        [prompt] * 2000, length=1, temperature=2.0, seed=3, ends=[EOS_ID], student=True
    )
    assert torch.equal(torch.get_rng_state(), state), "others' random numbers were moved"
    share = np.bincount([x[0] for x in drawn], minlength=VOCAB_SIZE) / 2000
    top = int(p.argmax())
    assert share[top] == pytest.approx(p[top] / p.sum(), abs=0.05)
    again = said(engine, student=True, temperature=1.0, seed=5)
    assert said(engine, student=True, temperature=1.0, seed=5) == again
    assert said(engine, student=True, temperature=1.0, seed=6) != again


def test_a_reply_ends_with_its_first_end(tiny_gguf, tmp_path, monkeypatch):
    engine = make_engine(tiny_gguf("llama"), tmp_path, monkeypatch)
    whole = said(engine, student=True)
    end = whole[0][2]
    first = whole[0].index(end)
    ended = said(engine, student=True, ends=[end])
    assert ended[0] == whole[0][: first + 1]
    for free, cut in zip(whole, ended, strict=True):
        assert cut == free[: len(cut)]
        assert end not in cut[:-1]


def test_a_try_can_be_undone(tiny_gguf, tmp_path, monkeypatch):
    engine = grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch), PREFIX, EXAMPLES)
    train(engine, EXAMPLES)
    kept, logits = engine.expert("day-0001", level=1, night=1), engine.logits(EXAMPLES)
    train(engine, EXAMPLES, rate=0.5)
    assert (engine.logits(EXAMPLES) - logits).abs().max() > 1e-3
    engine.restore(kept)
    assert torch.equal(engine.logits(EXAMPLES), logits)
    train(engine, EXAMPLES)
    assert not all(
        torch.equal(t, engine.expert("e", level=1, night=1).tensors[n])
        for n, t in kept.tensors.items()
    ), "the engine trains the copy itself"
    small = make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch)
    small.grow(rank=2, alpha=4.0, first_layer=1, seed=0)
    with pytest.raises(ValueError, match="another shape"):
        small.restore(kept)


def test_divergence_of_nothing_is_nothing(tiny_gguf, tmp_path, monkeypatch):
    """An engine that has sampled still computes what it computed before."""
    engine = grown(make_engine(tiny_gguf("gemma3"), tmp_path, monkeypatch), PREFIX, EXAMPLES, 4)
    before = engine.logits(EXAMPLES).detach().numpy()
    said(engine, student=True)
    engine.teach(EXAMPLES, 3)
    assert divergence(before, engine.logits(EXAMPLES).detach().numpy()) < 1e-9
