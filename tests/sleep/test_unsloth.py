"""The Unsloth engine, on its CPU backend and in a process of its own, held against the reference.

Unsloth changes transformers where it is imported: nothing here imports it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from assistant.errors import ReverieError
from assistant.paths import HOME_VARIABLE
from assistant.quiet import SILENCE
from sleep.engines import TrainingFolder, choose, open_engine
from sleep.engines.peft import PeftEngine
from sleep.experts import Expert, load_experts, save_experts
from sleep.export import export
from sleep.weights import ensure_training_weights
from tests.sleep import trial
from tests.sleep.logits import divergence, served_logits
from tests.sleep.teaching import TRAINABLE, make_engine, random_expert

ROOT = Path(__file__).parents[2]
OLDER = ("llama", "phi3")  # these begin with an expert of an earlier night


def older_expert(weights: Path) -> Expert:
    engine = PeftEngine(TrainingFolder(weights, (), 1))
    engine.grow(rank=4, alpha=8.0, first_layer=1, seed=1)
    return random_expert(engine, "older", seed=1)


class Tried:
    """What Unsloth's process said and left behind."""

    def __init__(self, folder: Path, tiny_gguf) -> None:
        self.folder, self.gguf = folder, tiny_gguf
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        for arch in TRAINABLE:
            at = folder / arch
            at.mkdir()
            weights = ensure_training_weights(tiny_gguf(arch, "F32"), folder / "base")
            (at / "weights").symlink_to(weights)
            save_experts(at / "older", [older_expert(weights)] if arch in OLDER else [])
        self.process = self.run(*(str(folder / arch) for arch in TRAINABLE))

    def run(self, *folders: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.sleep.trial", *folders],
            cwd=self.home,
            env={
                **{name: value for name, value in os.environ.items() if name not in SILENCE},
                "PYTHONPATH": str(ROOT),
                "HOME": str(self.home),
                HOME_VARIABLE: str(self.folder / "reverie"),
                "UNSLOTH_FORCE_CPU": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def older(self, arch: str) -> list[Expert]:
        return load_experts(self.folder / arch / "older")

    def found(self, arch: str) -> tuple[dict[str, Tensor], Expert]:
        (expert,) = load_experts(self.folder / arch / "new")
        return load_file(self.folder / arch / "found"), expert


@pytest.fixture(scope="module")
def tried(tmp_path_factory, tiny_gguf) -> Tried:
    made = Tried(tmp_path_factory.mktemp("unsloth"), tiny_gguf)
    assert made.process.returncode == 0, made.process.stderr
    return made


def reference(tried: Tried, arch: str, experts, cache, monkeypatch) -> PeftEngine:
    return make_engine(tried.gguf(arch, "F32"), cache, monkeypatch, experts)


@pytest.mark.parametrize("arch", TRAINABLE)
def test_the_same_as_the_reference(arch, tried, tmp_path, monkeypatch):
    """Same seed: the same teacher, the same newborn expert, the same losses, the same outcome."""
    theirs, their_expert = tried.found(arch)
    engine = reference(tried, arch, tried.older(arch), tmp_path, monkeypatch)
    ours, our_expert = trial.run(engine)
    assert torch.allclose(theirs["teacher"], ours["teacher"], atol=1e-4)
    assert torch.equal(theirs["teacher_tokens"], ours["teacher_tokens"])
    assert torch.allclose(theirs["born"], ours["born"], atol=1e-4)
    assert torch.allclose(theirs["losses"], ours["losses"], rtol=1e-4)
    assert ours["losses"][-1] < 0.9 * ours["losses"][0]
    assert torch.allclose(theirs["trained"], ours["trained"], atol=0.02)
    assert (theirs["trained"] - theirs["born"]).abs().max() > 0.1
    assert torch.allclose(theirs["log_probs"], ours["log_probs"], atol=0.02)
    trained = theirs["trained"].log_softmax(-1).gather(1, theirs["teacher_tokens"])
    assert torch.allclose(theirs["log_probs"], trained, atol=1e-4), "in parts as in one"
    logits = theirs["trained"].nbytes
    assert theirs["kept"][1] <= theirs["kept"][0] - logits, "no logits are kept for the way back"
    assert len(theirs["gradient"]) == len(ours["gradient"]) == 2 * len(our_expert.modules)
    assert torch.allclose(theirs["gradient"], ours["gradient"], rtol=0.05, atol=1e-4)
    for who in ("student", "teacher"):
        for how in ("greedy", "drawn"):
            assert torch.equal(theirs[f"{how} by {who}"], ours[f"{how} by {who}"]), (how, who)
    assert their_expert.modules == our_expert.modules
    for module in our_expert.modules:
        assert torch.allclose(their_expert.delta(module), our_expert.delta(module), atol=2e-3)


@pytest.mark.parametrize("arch", ["llama", "phi3", "gemma3"])
def test_its_experts_are_the_references(arch, tried, tmp_path, monkeypatch):
    """Merged into the reference engine, and exported and served, they do what they did there."""
    theirs, expert = tried.found(arch)
    experts = [*tried.older(arch), expert]
    engine = reference(tried, arch, experts, tmp_path, monkeypatch)
    engine.share_prefix(trial.PREFIX)
    engine.grow(rank=2, alpha=2.0, first_layer=0, seed=0)
    engine.prepare(trial.EXAMPLES)
    found = engine.logits(trial.EXAMPLES).detach()
    assert torch.allclose(found, theirs["trained"], atol=1e-3)
    export(tried.gguf(arch, "F32"), experts, tmp_path / "out.gguf", ftype="F32")
    example = trial.EXAMPLES[4]
    served = served_logits(tmp_path / "out.gguf", [*example.prompt, *example.answer[:-1]])
    assert divergence(theirs["one"].numpy(), served[len(example.prompt) - 1 :]) < 1e-6


@pytest.mark.parametrize("arch", TRAINABLE)
def test_teacher_and_gates(arch, tried):
    """The teacher does not know the new expert; merged by its gate, it does what it did."""
    found, _ = tried.found(arch)
    if arch not in OLDER:  # there `gate` also takes the older one away
        assert torch.allclose(found["gated"], found["trained"], atol=1e-3)
    assert torch.allclose(found["teacher after"], found["teacher"], atol=1e-5)


def test_a_row_alone_is_as_among_others(tried):
    found, _ = tried.found("gemma3")
    at = sum(len(x.answer) for x in trial.EXAMPLES[:4])
    among = found["trained"][at : at + len(trial.EXAMPLES[4].answer)]
    assert torch.allclose(found["one"], among, atol=1e-4)


def test_silent_and_nothing_left_but_in_reveries_own_cache(tried):
    assert tried.process.stdout == ""
    assert tried.process.stderr == ""
    assert list(tried.home.iterdir()) == []
    kept = {path.name for path in (tried.folder / "reverie").iterdir()}
    assert kept == {"cache"}


def test_older_experts_count(tried):
    """The one that `llama` began with is not idle."""
    (older,) = tried.older("llama")
    assert older.gate == 1.0
    assert max(float(older.delta(module).abs().max()) for module in older.modules) > 0.01


def test_auto_takes_it_only_with_a_gpu(monkeypatch):
    assert choose("auto") == choose("peft") == "peft"
    assert choose("unsloth") == "unsloth"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert choose("auto") == "unsloth"
    assert choose("peft") == "peft"
    monkeypatch.setattr("sleep.engines.find_spec", lambda name: None)
    assert choose("auto") == "peft"
    with pytest.raises(ReverieError, match=r"not installed.*reverie\[unsloth\]"):
        open_engine(TrainingFolder(Path("none")), "unsloth")


def test_apples_gpu_is_the_references(monkeypatch):
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: True)
    assert choose("auto") == "peft"
