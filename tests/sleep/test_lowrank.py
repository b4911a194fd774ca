"""The fused low-rank layer computes what PEFT's own does, forward and backward."""

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from sleep.engines.lowrank import FusedLinear


def layer(fused: bool, bias: bool) -> Any:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 20, bias=bias), nn.Linear(20, 6, bias=bias))
    config = LoraConfig(r=4, lora_alpha=6.0, target_modules=["0", "1"], lora_dropout=0.0)
    if fused:
        config._register_custom_module({nn.Linear: FusedLinear})
    peft: Any = get_peft_model(model, config)
    for name, parameter in peft.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.3, generator=torch.Generator().manual_seed(1))
    return peft


@pytest.mark.parametrize("bias", [True, False])
def test_outputs_and_gradients_are_those_of_peft(bias: bool):
    x = torch.randn(3, 5, 12, generator=torch.Generator().manual_seed(2), requires_grad=True)
    found = []
    for fused in (True, False):
        model = layer(fused, bias)
        x.grad = None
        out = model(x)
        out.pow(2).sum().backward()
        gradients = [p.grad for n, p in model.named_parameters() if "lora_" in n]
        found.append([out, x.grad, *gradients])
        assert len(gradients) == 4
        assert all(p.grad is None for n, p in model.named_parameters() if "lora_" not in n)
    for ours, theirs in zip(*found, strict=True):
        assert ours is not None
        assert theirs is not None
        torch.testing.assert_close(ours, theirs)


def test_a_disabled_adapter_leaves_the_layer_as_it_was():
    model = layer(fused=True, bias=True)
    x = torch.randn(2, 12)
    with model.disable_adapter():
        plain = model(x)
    base = model.base_model.model
    expected = base[1].base_layer(base[0].base_layer(x))
    torch.testing.assert_close(plain, expected)
    assert not torch.allclose(model(x), plain)
