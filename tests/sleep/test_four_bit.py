"""The base in 4 bits, as far as it can be tried without a GPU: what is asked for, and regating.

Stand-ins take the place of Unsloth and bitsandbytes; neither is imported here.
"""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM

from sleep.engines import TrainingFolder, unsloth
from sleep.engines.model import _set_weight
from sleep.engines.peft import PeftEngine
from sleep.engines.unsloth import UnslothEngine
from sleep.weights import ensure_training_weights, stored
from tests.sleep.teaching import random_expert
from tests.sleep.trial import EXAMPLES


class State:
    """What bitsandbytes keeps beside packed values."""

    dtype = torch.bfloat16


class Packed(nn.Parameter):
    """Values rounded to tenths, as `Params4bit` holds them in NF4."""

    quant_state = State()
    compress_statistics, quant_type, quant_storage = True, "nf4", torch.uint8

    def __new__(cls, data: Tensor, requires_grad: bool = False, **how: Any) -> "Packed":
        assert how in ({}, {"compress_statistics": True, "quant_type": "nf4"} | cls.storage())
        made: Packed = super().__new__(cls, (data.float() * 10).round() / 10, requires_grad)
        return made

    @classmethod
    def storage(cls) -> dict[str, Any]:
        return {"quant_storage": torch.uint8}


class Library:
    """Loads with plain transformers what it is asked for, and packs it when that is asked, too."""

    asked: dict[str, Any]

    @classmethod
    def from_pretrained(cls, path: str, **asked: Any) -> tuple[Any, None]:
        cls.asked = asked
        model = AutoModelForCausalLM.from_pretrained(path, dtype=asked["dtype"])
        for module in model.model.layers.modules():
            if asked["load_in_4bit"] and isinstance(module, nn.Linear):
                module.weight = Packed(module.weight.data)
        return model, None


@pytest.fixture
def weights(tiny_gguf, tmp_path, monkeypatch):
    monkeypatch.setattr(unsloth, "_library", lambda: Library)
    monkeypatch.setattr("sleep.engines.model.working_dtype", lambda _: torch.float32)
    return ensure_training_weights(tiny_gguf("llama"), tmp_path)


@pytest.mark.parametrize("four_bit", [True, False])
@pytest.mark.parametrize("checkpointing", [True, False])
def test_what_is_asked_of_unsloth(four_bit, checkpointing, weights):
    UnslothEngine(TrainingFolder(weights, (), 1, four_bit, checkpointing))
    assert Library.asked["load_in_4bit"] is four_bit
    assert Library.asked["use_gradient_checkpointing"] == ("unsloth" if checkpointing else False)
    assert Library.asked["local_files_only"] is Library.asked["use_exact_model_name"] is True


def test_experts_go_into_the_16_bit_weights_which_are_packed_again(weights):
    plain = PeftEngine(TrainingFolder(weights, (), 1))
    plain.grow(rank=4, alpha=8.0, first_layer=1, seed=1)
    expert = random_expert(plain, "e", 1)
    engine = UnslothEngine(TrainingFolder(weights, (), 1, four_bit=True))
    untouched = engine.logits(EXAMPLES)
    for experts in ([expert], []):
        engine.gate(experts)
        for name in expert.modules:
            whole = stored(weights, f"{name}.weight").float()
            whole += sum(each.delta(name) for each in experts)
            packed = engine._linears[name].weight
            assert isinstance(packed, Packed)
            assert torch.equal(packed, Packed(whole.bfloat16()))
        if experts:
            assert (engine.logits(EXAMPLES) - untouched).abs().max() > 1e-2


def test_other_weights_are_changed_in_place():
    module = nn.Linear(3, 2).bfloat16()
    before = module.weight
    _set_weight(module, torch.full((2, 3), 0.3))
    assert module.weight is before
    assert torch.equal(module.weight, torch.full((2, 3), 0.3).bfloat16())
