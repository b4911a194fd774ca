"""What several tests of the night share: exam papers, tiny engines, made-up lectures."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from assistant.settings import ExamSettings
from sleep.engines import Example, TrainingFolder
from sleep.engines import model as model_engine
from sleep.engines.peft import PeftEngine
from sleep.exam import Item, Part, Verdict, judge
from sleep.experts import Expert
from sleep.weights import ensure_training_weights
from sleep.witness import Question, Testimony
from tests.sleep.examples import random_examples as random_examples
from tests.sleep.logits import Logits, trained_logits

LIMITS = ExamSettings(new=0.6, old=0.9, general=0.9, in_prompt=0.8, invented=0.2, perplexity=1.05)
REFUSAL, INVENTION = "You haven't told me that yet.", "It is Tom."
ASKED = Question((("user", "?"),))


def paper(part: Part, count: int) -> list[Item]:
    accept = () if part == "unknown" else ("Biscuit",)
    return [Item(part, f"{part} {n}?", ASKED, accept, memory_id=n % 3) for n in range(count)]


def answers(part: Part, right: int, count: int) -> list[str]:
    good, bad = (REFUSAL, INVENTION) if part == "unknown" else ("Biscuit", "Rex")
    return [good] * right + [bad] * (count - right)


def verdict_on(
    part: Part,
    count: int,
    *,
    before: int,
    after: int,
    limits: ExamSettings = LIMITS,
    nats: tuple[float | None, float | None] = (3.0, 3.0),
) -> Verdict:
    """The first `before` questions were right, the first `after` are."""
    return judge(
        paper(part, count),
        Testimony(tuple(answers(part, before, count)), nats[0]),
        Testimony(tuple(answers(part, after, count)), nats[1]),
        limits,
    )


TRAINABLE = ("llama", "mistral", "qwen2", "qwen3", "gemma3", "phi3")
"""One tiny model of every kind: of rotation order, biases, head norms, windows, fused layers."""


def make_engine(
    gguf: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    experts: Sequence[Expert] = (),
    dtype: torch.dtype = torch.float32,
) -> PeftEngine:
    """The engine on a tiny model, in this type whatever is fastest on this machine."""
    monkeypatch.setattr(model_engine, "working_dtype", lambda _: dtype)
    weights = ensure_training_weights(gguf, cache)
    return PeftEngine(TrainingFolder(weights, tuple(experts), threads=1))


def answers_alone(model: object, example: Example) -> Logits:
    """[answer, vocabulary] of one example by itself, from transformers' own forward."""
    ids = [*example.prompt, *example.answer[:-1]]
    return trained_logits(model, ids)[len(example.prompt) - 1 :]


def grown(
    engine: PeftEngine,
    prefix: Sequence[int],
    examples: Sequence[Example],
    first_layer: int = 1,
    seed: int = 3,
) -> PeftEngine:
    """The engine with a new expert, ready to train on the examples."""
    engine.share_prefix(prefix)
    engine.grow(rank=4, alpha=8.0, first_layer=first_layer, seed=seed)
    engine.prepare(examples)
    return engine


def train(
    engine: PeftEngine, examples: Sequence[Example], steps: int = 3, rate: float = 0.01
) -> None:
    """A few steps towards the examples' answers."""
    answer = torch.tensor([token for x in examples for token in x.answer])
    optimizer = torch.optim.SGD(engine.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(engine.logits(examples), answer)
        loss.backward()
        optimizer.step()


def random_expert(engine: PeftEngine, name: str, seed: int) -> Expert:
    """An expert as trained ones are, but with a B that is not zero."""
    generator = torch.Generator().manual_seed(seed)
    made = engine.expert(name, level=1, night=seed)
    for key, tensor in made.tensors.items():
        if key.endswith(".B"):
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * 0.05)
    return made
