"""What both engines do with a transformers model: gates, sampling, and the new expert's tensors.

Older experts are added into the weights; they cost nothing afterwards. The new one is PEFT's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from sleep.engines.base import Engine, Example, Teaching
from sleep.engines.device import best_device, keep_freed_memory, working_dtype
from sleep.experts import Expert, active_modules, delta
from sleep.losses import log_probs
from sleep.weights import stored

_BLOCKS: Final = ("self_attn", "mlp")  # the blocks whose linear layers an expert may change
_SAMPLED: Final = 16  # sequences drawn together; on a CPU more gain little
_SAMPLED_ON_GPU: Final = 64


class ModelEngine(Engine):
    """An engine around one causal language model, with at most one new expert in it.

    Subclasses set `_model` (the model itself, whatever is wrapped around it) and `_peft` when they
    grow, and run the forward passes.
    """

    def __init__(self) -> None:
        keep_freed_memory()
        self.device = best_device()
        self.dtype = working_dtype(self.device)
        self._model: Any = None
        self._peft: Any = None
        self._first = 0
        self._base = Path()
        self._linears: dict[str, nn.Linear] = {}
        self._gated: list[str] = []
        self._open: list[Expert] = []

    def _hold(self, model: Any, base: Path) -> None:
        """Take over a loaded model, whose weights are those in the folder `base`."""
        self._model = model
        self._base = base
        self.n_layers = len(model.model.layers)
        self._linears = {
            name: module for name, module in model.named_modules() if isinstance(module, nn.Linear)
        }

    def gate(self, experts: Sequence[Expert]) -> None:
        if [*map(id, experts)] == [*map(id, self._open)]:
            return
        changed = sorted({*self._gated, *active_modules(experts)})
        for name in changed:
            weight = stored(self._base, f"{name}.weight").float()
            change = delta(experts, name)
            _set_weight(self._linears[name], weight if change is None else weight + change)
        if any(layer_of(name) < self._first for name in changed):
            self._forget()
        self._gated = active_modules(experts)
        self._open = list(experts)

    def _forget(self) -> None:
        """Drop what was computed from weights that have changed."""

    @torch.no_grad()
    def sample(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        length: int,
        temperature: float,
        seed: int,
        ends: Sequence[int],
        student: bool = True,
    ) -> list[tuple[int, ...]]:
        drawn: dict[int, tuple[int, ...]] = {}
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))  # little to be padded
        together = _SAMPLED if self.device.type == "cpu" else _SAMPLED_ON_GPU
        with self._chance(), nullcontext() if student else self._frozen():
            torch.manual_seed(seed)
            for start in range(0, len(order), together):
                some = order[start : start + together]
                replies = self._generate([prompts[i] for i in some], length, temperature, ends)
                drawn.update(zip(some, replies, strict=True))
        return [drawn[i] for i in range(len(prompts))]

    def _generate(
        self,
        prompts: Sequence[Sequence[int]],
        length: int,
        temperature: float,
        ends: Sequence[int],
    ) -> list[tuple[int, ...]]:
        """Continuations of prompts that are padded on the left to one length."""
        longest = max(map(len, prompts))
        rows = [[0] * (longest - len(p)) + list(p) for p in prompts]
        mask = [[0] * (longest - len(p)) + [1] * len(p) for p in prompts]
        how: dict[str, Any] = {"do_sample": False}
        if temperature > 0:
            how = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        with self._mixed():
            whole = self._model.generate(
                input_ids=torch.tensor(rows, device=self.device),
                attention_mask=torch.tensor(mask, device=self.device),
                max_new_tokens=length,
                eos_token_id=list(ends),
                pad_token_id=ends[0],
                **how,
            )
        return [_ended(row[longest:].tolist(), ends) for row in whole]

    def log_probs(self, batch: Sequence[Example], tokens: Tensor) -> Tensor:
        logits = self.logits(batch)
        return log_probs(logits, tokens.to(logits.device))

    def parameters(self) -> list[nn.Parameter]:
        return [parameter for _, parameter in self._named()]

    def expert(self, name: str, *, level: int, night: int) -> Expert:
        (config,) = self._peft.peft_config.values()
        tensors = {name: p.detach().float().cpu().clone() for name, p in self._named()}
        return Expert(name, level, night, config.r, float(config.lora_alpha), 1.0, tensors)

    def restore(self, expert: Expert) -> None:
        named = dict(self._named())
        shapes = {name: p.shape for name, p in named.items()}
        if shapes != {name: tensor.shape for name, tensor in expert.tensors.items()}:
            raise ValueError(f"expert '{expert.id}' has another shape than the one that was grown")
        for name, parameter in named.items():
            parameter.data.copy_(expert.tensors[name])

    def _named(self) -> Iterator[tuple[str, nn.Parameter]]:
        """The new expert's parameters by their names in an `Expert`."""
        for path, parameter in self._model.named_parameters():
            module, found, rest = path.partition(".lora_")
            if found:
                yield f"{module}.{rest[0]}", parameter

    def _targets(self, first_layer: int) -> list[str]:
        """Names of the linear modules that an expert from `first_layer` up changes."""
        return [name for name in self._linears if layer_of(name) >= first_layer]

    def _frozen(self) -> AbstractContextManager[Any]:
        """The model without the new expert, if there is one already."""
        without: AbstractContextManager[Any]
        without = nullcontext() if self._peft is None else self._peft.disable_adapter()
        return without

    def _mixed(self) -> AbstractContextManager[Any]:
        """Where the expert's float32 meets the model's type."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not torch.float32)

    def _chance(self) -> AbstractContextManager[Any]:
        """Random numbers of its own, on the CPU and on the device."""
        if self.device.type in ("cuda", "xpu"):
            devices = [torch.get_device_module(self.device).current_device()]
            return torch.random.fork_rng(devices=devices, device_type=self.device.type)
        return torch.random.fork_rng(devices=[])

    def _on_vocabulary(self, hidden: Tensor, rows: int | None = None) -> Tensor:
        """Hidden states [n, width] through the output layer: float32 [rows, vocabulary]."""
        logits: Tensor = self._model.lm_head(hidden)[:rows].float()
        cap = getattr(self._model.config, "final_logit_softcapping", None)
        return logits if cap is None else torch.tanh(logits / cap) * cap


def layer_of(name: str) -> int:
    """The number of the layer a linear module belongs to; -1 outside attention and MLP."""
    parts = name.split(".")
    inside = any(block in parts for block in _BLOCKS)
    return next((int(part) for part in parts if part.isdecimal()), -1) if inside else -1


def cut(logprobs: Tensor, batch: Sequence[Example], k: int) -> list[Teaching]:
    """Log-probabilities [answer tokens, vocabulary] of a batch, cut to the k likeliest of each."""
    values, tokens = logprobs.topk(min(k, logprobs.shape[-1]), -1)
    sizes = [len(example.answer) for example in batch]
    parts = zip(torch.split(values.cpu(), sizes), torch.split(tokens.cpu(), sizes), strict=True)
    return [Teaching(value.clone(), token.clone()) for value, token in parts]


def _set_weight(module: nn.Linear, weight: Tensor) -> None:
    """Let a linear layer hold float32 [out, in] in its own type; in 4 bits, quantized anew."""
    old: Any = module.weight
    if getattr(old, "quant_state", None) is None:
        old.data.copy_(weight)
        return
    packed = type(old)(
        weight.to(old.quant_state.dtype),
        requires_grad=False,
        compress_statistics=old.compress_statistics,
        quant_type=old.quant_type,
        quant_storage=old.quant_storage,
    )
    module.weight = packed.to(old.device)


def _ended(tokens: Sequence[int], ends: Sequence[int]) -> tuple[int, ...]:
    """Up to and with the first token that ends a reply; what comes after is padding."""
    last = next((i for i, token in enumerate(tokens) if token in ends), len(tokens) - 1)
    return tuple(tokens[: last + 1])
