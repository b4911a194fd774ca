"""A whole night with every family of models: taught, exported, served, and served again."""

import shutil
from pathlib import Path

import pytest

from assistant.engine import Engine, Sampling
from sleep.experts import load_experts
from tests.sleep.night.conftest import DAY, LEARNED, Sleep
from tests.sleep.night.helpers import Home
from tests.sleep.teaching import TRAINABLE


@pytest.mark.parametrize("arch", [arch for arch in TRAINABLE if arch != "llama"])
def test_a_night_with_every_family(arch, tiny_gguf, tmp_path: Path, sleep: Sleep):
    """The file lies where another program keeps it, and stays as it is. (Llama: other tests.)"""
    kept = tmp_path / "shelf" / "org" / f"{arch}.gguf"
    kept.parent.mkdir(parents=True)
    shutil.copy(tiny_gguf(arch, "Q8_0"), kept)
    before = kept.read_bytes()
    home = Home.make(tmp_path / "home", kept)
    home.tell(*DAY)
    slept = sleep(home, "--json")
    assert slept.code == 0, slept.err
    assert home.texts("learned") == LEARNED
    assert kept.read_bytes() == before
    made = home.generation(1) / "model.gguf"
    (expert,) = load_experts(home.generation(1) / "experts.safetensors")
    assert any(expert.delta(module).any() for module in expert.modules)
    served = Engine(made, 512, 1, 0, seed=0)
    try:
        assert served.complete([1, 5, 6], Sampling.greedy(4))
    finally:
        served.close()
    home.check()
