"""The reference engine: packed like alone, upper layers like all, one expert and nothing else."""

import numpy as np
import pytest
import torch

from assistant.errors import ReverieError
from sleep.engines import Example, TrainingFolder, open_engine
from sleep.engines.device import fastest_dtype
from sleep.engines.peft import PeftEngine
from sleep.experts import Expert
from sleep.export import export
from sleep.gguf_file import GgufFile
from sleep.gguf_map import tensor_map
from sleep.weights import ensure_training_weights
from tests.fixtures_gguf import SHAPES, VOCAB_SIZE
from tests.sleep import teaching
from tests.sleep.logits import divergence, random_ids, served_logits, torch_model, trained_logits
from tests.sleep.teaching import (
    TRAINABLE,
    answers_alone,
    make_engine,
    random_examples,
    random_expert,
)

PREFIX = random_ids(VOCAB_SIZE, count=9, seed=1)
# Longer than gemma's window of 16, shorter, and with nothing between prefix and answer.
LENGTHS = [(12, 5), (30, 8), (6, 3), (1, 1), (40, 12), (20, 4), (0, 3)]
EXAMPLES = random_examples(PREFIX, LENGTHS)


def grown(engine: PeftEngine, first_layer: int = 1, seed: int = 3) -> PeftEngine:
    return teaching.grown(engine, PREFIX, EXAMPLES, first_layer, seed)


def train(engine: PeftEngine, steps: int = 3, rate: float = 0.01) -> None:
    teaching.train(engine, EXAMPLES, steps, rate)


@pytest.mark.parametrize(
    ("arch", "first_layer"),
    [
        *(("llama", 0), ("llama", 2), ("mistral", 1), ("qwen2", 1), ("qwen3", 1), ("phi3", 1)),
        *(("gemma3", 4), ("gemma3", 6)),
    ],
)
def test_packed_and_cut_in_two_is_as_each_alone(
    arch, first_layer, tiny_gguf, tmp_path, monkeypatch
):
    """The row behind one prefix, lower layers kept, upper layers run: transformers' own logits."""
    engine = grown(make_engine(tiny_gguf(arch), tmp_path, monkeypatch), first_layer)
    model = torch_model(ensure_training_weights(tiny_gguf(arch), tmp_path))
    expected = np.concatenate([answers_alone(model, example) for example in EXAMPLES])
    found = engine.logits(EXAMPLES).detach().numpy()
    assert found.shape == expected.shape
    assert divergence(expected, found) < 1e-6
    assert np.abs(found - expected).max() < 1e-3
    some = [EXAMPLES[4], EXAMPLES[2]]  # another batch, another order, the same states
    expected = np.concatenate([answers_alone(model, example) for example in some])
    assert divergence(expected, engine.logits(some).detach().numpy()) < 1e-6


@pytest.mark.parametrize("arch", TRAINABLE)
def test_teaching_in_families_is_as_one_by_one(arch, tiny_gguf, tmp_path, monkeypatch):
    engine = make_engine(tiny_gguf(arch), tmp_path, monkeypatch)
    model = torch_model(ensure_training_weights(tiny_gguf(arch), tmp_path))
    family = random_examples(PREFIX * 3, [(3, 4), (9, 5), (2, 2), (5, 1)], seed=5)
    examples = [*EXAMPLES, *family]
    for taught, example in zip(engine.teach(examples, 20), examples, strict=True):
        alone = torch.tensor(answers_alone(model, example)).log_softmax(-1)
        assert taught.logprobs.shape == taught.tokens.shape == (len(example.answer), 20)
        assert torch.allclose(taught.logprobs, alone.gather(1, taught.tokens), atol=1e-3)
        assert torch.allclose(taught.logprobs, alone.topk(20).values, atol=1e-3)
        assert not taught.logprobs.requires_grad
    (whole,) = engine.teach(examples[:1], 10_000)  # no more than there is
    assert whole.logprobs.exp().sum(-1).tolist() == pytest.approx([1.0] * 5, abs=1e-4)


def test_a_family_may_be_one_prompt_over_and_over(tiny_gguf, tmp_path, monkeypatch):
    """The same question with several answers, one of them empty but for its end."""
    engine = make_engine(tiny_gguf("llama"), tmp_path, monkeypatch)
    prompt = tuple(random_ids(VOCAB_SIZE, count=12, seed=4))
    same = [Example(prompt, (9, 10)), Example(prompt, (2,)), Example(prompt, (11, 12, 2))]
    together = engine.teach(same, 8)
    for taught, example in zip(together, same, strict=True):
        (alone,) = engine.teach([example], 8)
        assert torch.allclose(taught.logprobs, alone.logprobs, atol=1e-4)


def test_more_examples_than_fit_into_one_row(tiny_gguf, tmp_path, monkeypatch):
    engine = make_engine(tiny_gguf("llama"), tmp_path, monkeypatch)
    model = torch_model(ensure_training_weights(tiny_gguf("llama"), tmp_path))
    many = random_examples(PREFIX, [(40, 10)] * 30, seed=6)
    engine.share_prefix(PREFIX)
    engine.grow(rank=2, alpha=4.0, first_layer=1, seed=0)
    engine.prepare(many)
    for example in (many[0], many[14], many[29]):
        found = engine.logits([example]).detach().numpy()
        assert divergence(answers_alone(model, example), found) < 1e-6


@pytest.mark.parametrize("arch", TRAINABLE)
def test_an_expert_is_born_without_effect_on_the_upper_linear_layers(
    arch, tiny_gguf, tmp_path, monkeypatch
):
    engine = grown(make_engine(tiny_gguf(arch), tmp_path, monkeypatch))
    expert = engine.expert("day-0001", level=1, night=1)
    assert (expert.id, expert.level, expert.night) == ("day-0001", 1, 1)
    assert (expert.rank, expert.alpha, expert.gate) == (4, 8.0, 1.0)
    layers = range(1, SHAPES[arch].layers)
    linears = 4 if arch == "phi3" else 7
    assert {int(name.split(".")[2]) for name in expert.modules} == set(layers)
    assert len(expert.modules) == linears * len(layers)
    base = GgufFile(tiny_gguf(arch))
    names = tensor_map(base)
    for module in expert.modules:
        a, b = expert.pair(module)
        tensor = base.tensors[names.tensor(module)]
        assert (b.shape[0], a.shape[1]) == (tensor.rows, tensor.columns)
        assert a.dtype is b.dtype is torch.float32
        assert not b.any()
        assert a.any()


def test_the_seed_makes_the_expert(tiny_gguf, tmp_path, monkeypatch):
    def born(seed: int) -> dict[str, torch.Tensor]:
        engine = grown(make_engine(tiny_gguf("llama"), tmp_path, monkeypatch), seed=seed)
        return engine.expert("e", level=1, night=1).tensors

    one, same, other = born(1), born(1), born(2)
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one if name.endswith(".A"))


@pytest.mark.parametrize(("arch", "dtype"), [("llama", torch.bfloat16), ("gemma3", torch.float32)])
def test_only_the_new_expert_learns(arch, dtype, tiny_gguf, tmp_path, monkeypatch):
    """Everything older stays as it is, bit for bit; the logits do not."""
    first = grown(make_engine(tiny_gguf(arch), tmp_path, monkeypatch))
    older = random_expert(first, "day-0001", seed=1)
    engine = grown(make_engine(tiny_gguf(arch), tmp_path, monkeypatch, [older], dtype))
    new = {id(parameter) for parameter in engine.parameters()}
    named = dict(engine._model.named_parameters())
    frozen = {name: p for name, p in named.items() if id(p) not in new}
    before = {name: p.detach().clone() for name, p in frozen.items()}
    born = engine.expert("day-0002", level=1, night=2)
    logits = engine.logits(EXAMPLES)
    assert logits.dtype is torch.float32
    logits.square().mean().backward()
    assert {n for n, p in named.items() if p.requires_grad} == named.keys() - frozen.keys()
    assert all(p.grad is None for p in frozen.values())
    assert all(p.grad is not None for p in engine.parameters())
    assert any(p.grad.any() for p in engine.parameters() if p.grad is not None)
    train(engine)
    assert all(torch.equal(p, before[name]) for name, p in frozen.items())
    learned = engine.expert("day-0002", level=1, night=2)
    assert all(learned.pair(module)[1].any() for module in learned.modules)
    assert not any(born.pair(module)[1].any() for module in born.modules)  # a copy, not a view
    assert (engine.logits(EXAMPLES) - logits).abs().max() > 1e-3


def test_in_bfloat16_nearly_the_same(tiny_gguf, tmp_path, monkeypatch):
    exact = grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch))
    rough = grown(make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch, dtype=torch.bfloat16))
    one, other = exact.logits(EXAMPLES).detach(), rough.logits(EXAMPLES).detach()
    assert (one - other).abs().max() < 0.3
    assert rough.dtype is torch.bfloat16
    assert {p.dtype for p in rough.parameters()} == {torch.float32}


@pytest.mark.parametrize("arch", TRAINABLE)
def test_the_served_file_says_what_the_engine_learned(arch, tiny_gguf, tmp_path, monkeypatch):
    """An older expert merged, a new one trained on top: exported, llama.cpp computes the same."""
    base = tiny_gguf(arch, "F32")
    first = grown(make_engine(base, tmp_path, monkeypatch), first_layer=0)
    older = random_expert(first, "day-0001", seed=1)
    engine = grown(make_engine(base, tmp_path, monkeypatch, [older]))
    untrained = engine.logits(EXAMPLES).detach().numpy()
    train(engine, steps=4, rate=0.5)
    experts = [older, engine.expert("day-0002", level=1, night=2)]
    trained = engine.logits(EXAMPLES).detach().numpy()
    assert divergence(untrained, trained) > 1e-3
    for ftype, limit in (("F32", 1e-6), ("F16", 1e-3)):
        out = tmp_path / f"{ftype}.gguf"
        assert export(base, experts, out, ftype=ftype).changed > 0
        export(base, [older], tmp_path / f"older-{ftype}.gguf", ftype=ftype)
        at = 0
        for example in EXAMPLES[:2]:
            ids = [*example.prompt, *example.answer[:-1]]
            rows = slice(at, at := at + len(example.answer))
            served = served_logits(out, ids)[len(example.prompt) - 1 :]
            assert divergence(trained[rows], served) < limit
            served = served_logits(tmp_path / f"older-{ftype}.gguf", ids)
            served = served[len(example.prompt) - 1 :]
            assert divergence(untrained[rows], served) < limit


def test_shut_experts_are_not_merged(tiny_gguf, tmp_path, monkeypatch):
    gguf = tiny_gguf("llama")
    plain = grown(make_engine(gguf, tmp_path, monkeypatch))
    older = random_expert(plain, "day-0001", seed=1)
    shut = Expert("shut", 1, 1, older.rank, older.alpha, 0.0, older.tensors)
    half = Expert("half", 1, 1, older.rank, older.alpha, 0.5, older.tensors)
    expected = plain.logits(EXAMPLES)

    def logits(*experts: Expert) -> torch.Tensor:
        return grown(make_engine(gguf, tmp_path, monkeypatch, experts)).logits(EXAMPLES)

    assert torch.equal(logits(shut), expected)
    assert torch.allclose(logits(half, half), logits(older), atol=1e-4)
    assert (logits(older) - expected).abs().max() > 1e-2


def test_the_reference_engine_is_opened(tiny_gguf, tmp_path):
    engine = open_engine(TrainingFolder(ensure_training_weights(tiny_gguf("llama3"), tmp_path)))
    assert isinstance(engine, PeftEngine)
    assert engine.n_layers == SHAPES["llama3"].layers
    assert fastest_dtype() in (torch.float32, torch.bfloat16)


def test_the_whole_model_is_back_after_every_call(tiny_gguf, tmp_path, monkeypatch):
    """It is cut down to some of its layers while they run; also when that fails."""
    engine = grown(make_engine(tiny_gguf("gemma3"), tmp_path, monkeypatch), first_layer=4)
    ids = random_ids(VOCAB_SIZE, count=40)
    expected = trained_logits(
        torch_model(ensure_training_weights(tiny_gguf("gemma3"), tmp_path)), ids
    )
    assert divergence(expected, trained_logits(engine._model, ids)) < 1e-6
    with pytest.raises(KeyError):
        engine.logits([Example((1, 2), (3,))])  # never prepared
    engine.prepare(EXAMPLES[:1])
    assert divergence(expected, trained_logits(engine._model, ids)) < 1e-6


@pytest.mark.parametrize("arch", ["llama", "gemma3"])
def test_computing_activations_again_changes_nothing(arch, tiny_gguf, tmp_path, monkeypatch):
    def learned(checkpointing: bool) -> tuple[torch.Tensor, list[torch.Tensor], int]:
        kept: list[int] = []

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            kept.append(tensor.nbytes)
            return tensor

        monkeypatch.setattr("sleep.engines.model.working_dtype", lambda _: torch.float32)
        folder = ensure_training_weights(tiny_gguf(arch), tmp_path)
        engine = grown(PeftEngine(TrainingFolder(folder, (), 1, checkpointing=checkpointing)))
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            logits = engine.logits(EXAMPLES)
        (logits.square().mean()).backward()
        return logits, [p.grad for p in engine.parameters() if p.grad is not None], sum(kept)

    plain, again = learned(False), learned(True)
    assert torch.equal(plain[0], again[0])
    assert len(plain[1]) == len(again[1]) > 0
    assert all(torch.equal(one, other) for one, other in zip(plain[1], again[1], strict=True))
    assert again[2] < plain[2] / 2


def test_four_bits_are_not_the_references(tmp_path):
    with pytest.raises(ReverieError, match=r"4 bits needs Unsloth.*reverie\[unsloth\]"):
        open_engine(TrainingFolder(tmp_path, four_bit=True), "peft")
