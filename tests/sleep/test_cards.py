"""One model over two GPUs that are none: the same numbers as on one, nothing computed across."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from assistant.errors import ReverieError
from sleep.engines import TrainingFolder, cards, open_engine
from sleep.engines.peft import PeftEngine
from sleep.weights import ensure_training_weights
from tests.sleep.logits import torch_model
from tests.sleep.teaching import TRAINABLE

ROOT = Path(__file__).parents[2]
CARDS = ["card:0", "card:1"]


@pytest.fixture(scope="module")
def found(tmp_path_factory, tiny_gguf) -> dict[str, Any]:
    """What `tests.sleep.two_cards` says of every family."""
    base = tmp_path_factory.mktemp("cards")
    weights = [str(ensure_training_weights(tiny_gguf(arch, "F32"), base)) for arch in TRAINABLE]
    done = subprocess.run(
        [sys.executable, "-m", "tests.sleep.two_cards", *weights],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(TRAINABLE, lines, strict=True))


@pytest.mark.parametrize("arch", TRAINABLE)
def test_two_cards_learn_what_one_learns(arch, found):
    """Teacher, losses, gradients into the expert, the merged model and its words: to the bit."""
    for one, two in found[arch]:
        assert one["devices"] == one["learning"] == ["cpu"]
        assert two["devices"] == CARDS
        assert two["whole"], "a layer is on one card"
        for name in ("teacher", "losses", "expert", "trained", "drawn"):
            assert one[name] == two[name], name
        assert len(set(two["losses"])) == 2, "it has learned something"
        assert two["trained"][0] != two["trained"][1]
    assert found[arch][0][1]["learning"] == CARDS, "from the first layer up: on both"


def test_what_is_too_large_for_all_together_says_so(tiny_gguf, tmp_path, monkeypatch):
    model = torch_model(ensure_training_weights(tiny_gguf("llama"), tmp_path))
    monkeypatch.setattr(cards, "bytes_of_each", lambda _: (1000, 1000))
    with pytest.raises(ReverieError, match="GPUs together"):
        cards.spread(model, torch.device("cuda"))


def test_a_spread_model_is_the_references(tiny_gguf, tmp_path, monkeypatch):
    """Also where Unsloth would be chosen; and `spread` is what moves it."""
    moved: list[torch.device] = []

    def note(model: object, device: torch.device) -> object:
        moved.append(device)
        return model

    weights = ensure_training_weights(tiny_gguf("llama"), tmp_path)
    monkeypatch.setattr("sleep.engines.choose", lambda _: "unsloth")
    monkeypatch.setattr("sleep.engines.peft.spread", note)
    engine = open_engine(TrainingFolder(weights, threads=1, spread=True))
    assert isinstance(engine, PeftEngine)
    assert moved == [engine.device]
