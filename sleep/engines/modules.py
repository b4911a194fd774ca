"""What both engines do with a transformers model: experts merged in and read out, layers found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch
from torch import Tensor, nn

from sleep.engines.base import Example, Teaching
from sleep.experts import Expert, active_modules, delta

_BLOCKS: Final = ("self_attn", "mlp")  # the blocks whose linear layers an expert may change


def merge(model: nn.Module, experts: Sequence[Expert]) -> None:
    """Add what active experts do to the weights of `model`, summed in float32."""
    modules = dict(model.named_modules())
    for name in active_modules(experts):
        change = delta(experts, name)
        weight = modules[name].weight
        assert isinstance(weight, Tensor)  # experts name linear layers
        if change is not None:
            weight.data = (weight.data.float() + change.to(weight.device)).to(weight.dtype)


def layer_of(name: str) -> int:
    """The number of the layer a linear module belongs to; -1 outside attention and MLP."""
    parts = name.split(".")
    inside = any(block in parts for block in _BLOCKS)
    return next((int(part) for part in parts if part.isdecimal()), -1) if inside else -1


def linears(model: nn.Module, first_layer: int) -> list[str]:
    """Names of the linear modules that an expert from `first_layer` up may change."""
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and layer_of(name) >= first_layer
    ]


def read_expert(model: nn.Module, expert: Expert) -> Expert:
    """`expert` with the A and B that PEFT holds in `model`: float32 copies on the CPU."""
    tensors = {}
    for path, parameter in model.named_parameters():
        module, found, rest = path.partition(".lora_")
        if found:
            tensors[f"{module}.{rest[0]}"] = parameter.detach().float().cpu().clone()
    return Expert(
        expert.id, expert.level, expert.night, expert.rank, expert.alpha, expert.gate, tensors
    )


def on_vocabulary(model: Any, hidden: Tensor) -> Tensor:
    """Hidden states [n, width] through the output layer: float32 [n, vocabulary]."""
    logits: Tensor = model.lm_head(hidden).float()
    cap = getattr(model.config, "final_logit_softcapping", None)
    return logits if cap is None else torch.tanh(logits / cap) * cap


def cut(logprobs: Tensor, batch: Sequence[Example], k: int) -> list[Teaching]:
    """Log-probabilities [answer tokens, vocabulary] of a batch, cut to the k likeliest of each."""
    values, tokens = logprobs.topk(min(k, logprobs.shape[-1]), -1)
    sizes = [len(example.answer) for example in batch]
    parts = zip(torch.split(values.cpu(), sizes), torch.split(tokens.cpu(), sizes), strict=True)
    return [Teaching(value.clone(), token.clone()) for value, token in parts]
