"""The reference engine: transformers for the model, PEFT for the expert, plain PyTorch.

Experts sit in the upper layers, so what the frozen lower layers make of an example never changes:
it is computed once (`prepare`) and kept, and a training step runs the upper layers only. Older
experts are added into the weights when the model is loaded; they cost nothing afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from sleep.engines.attention import NAME
from sleep.engines.base import Engine, Example, Teaching, TrainingFolder
from sleep.engines.lowrank import FusedLinear
from sleep.engines.packing import Packed, own_tokens, pack
from sleep.experts import Expert, active_modules, delta

_ADAPTER: Final = "new"
_LINEARS: Final = ("self_attn", "mlp")  # the blocks whose linear layers an expert may change
_ROW: Final = 64  # lengths of training rows are multiples of this, see `pack`
_HEAD_ROWS: Final = 32
_PREPARED_TOKENS: Final = 512  # of examples at a time


class PeftEngine(Engine):
    """One frozen causal language model on the CPU, with room for one new expert."""

    def __init__(self, folder: TrainingFolder) -> None:
        if folder.threads:
            torch.set_num_threads(folder.threads)
        transformers_logging.disable_progress_bar()
        self.dtype = fastest_dtype()
        self._model: Any = AutoModelForCausalLM.from_pretrained(
            folder.path, local_files_only=True, dtype=torch.float32, attn_implementation=NAME
        )
        self._model.eval().requires_grad_(False)
        _merge(self._model, folder.experts)
        self._model.to(self.dtype)
        self._decoder: Any = self._model.model
        self._config: Any = self._decoder.config
        self._layers = list(self._decoder.layers)
        self._kinds: list[str] | None = getattr(self._config, "layer_types", None)
        self.n_layers = len(self._layers)
        self._first = 0
        self._peft: Any = None
        self._prefix: list[int] = []
        self._prefix_state = torch.empty(0)
        self._states: dict[Example, Tensor] = {}

    def share_prefix(self, prefix: Sequence[int]) -> None:
        self._prefix = list(prefix)
        self._states.clear()

    @torch.no_grad()
    def teach(self, examples: Sequence[Example], k: int) -> list[Teaching]:
        taught: list[Teaching] = []
        for prefix, batch in _families(examples):
            packed = pack(batch, prefix)
            logprobs = self._head(self._through(packed, None, 0)[packed.answers]).log_softmax(-1)
            values, tokens = logprobs.topk(min(k, logprobs.shape[-1]), -1)
            sizes = [len(example.answer) for example in batch]
            for value, token in zip(
                torch.split(values, sizes), torch.split(tokens, sizes), strict=True
            ):
                taught.append(Teaching(value.clone(), token.clone()))
        return taught

    def grow(self, *, rank: int, alpha: float, first_layer: int, seed: int) -> None:
        torch.manual_seed(seed)
        names = [
            name
            for name, module in self._model.named_modules()
            if isinstance(module, nn.Linear) and _layer_of(name) >= first_layer
        ]
        config = LoraConfig(
            r=rank, lora_alpha=alpha, target_modules=names, lora_dropout=0.0, bias="none"
        )
        config._register_custom_module({nn.Linear: FusedLinear})
        self._peft = get_peft_model(self._model, config, adapter_name=_ADAPTER)
        for parameter in self.parameters():
            parameter.data = parameter.data.float()
        self._first = first_layer

    @torch.no_grad()
    def prepare(self, examples: Sequence[Example]) -> None:
        for batch in _batches(examples):
            packed = pack(batch, self._prefix)
            state = self._through(packed, None, 0, self._first)
            self._prefix_state = state[: len(self._prefix)].clone()
            for example, (first, end) in zip(batch, packed.spans, strict=True):
                self._states[example] = state[first:end].clone()

    def logits(self, batch: Sequence[Example]) -> Tensor:
        packed = pack(batch, self._prefix, _ROW)
        parts = [self._prefix_state, *(self._states[example] for example in batch)]
        state = torch.zeros(len(packed.tokens), parts[0].shape[1], dtype=parts[0].dtype)
        torch.cat(parts, out=state[: sum(map(len, parts))])
        hidden = self._through(packed, state, self._first)
        return self._head(hidden[packed.answers])

    def parameters(self) -> list[nn.Parameter]:
        return [p for name, p in self._model.named_parameters() if f".{_ADAPTER}." in name]

    def expert(self, name: str, *, level: int, night: int) -> Expert:
        config = self._peft.peft_config[_ADAPTER]
        tensors = {}
        for path, parameter in self._model.named_parameters():
            module, found, _ = path.partition(".lora_")
            if found:
                letter = path[len(module) + len(".lora_")]
                tensors[f"{module}.{letter}"] = parameter.detach().float().clone()
        return Expert(name, level, night, config.r, float(config.lora_alpha), 1.0, tensors)

    def _through(
        self, packed: Packed, state: Tensor | None, first: int, end: int | None = None
    ) -> Tensor:
        """Hidden states [T, width] after layers first..end; the final norm only after the last."""
        end = self.n_layers if end is None else end
        unused = torch.ones(1, 1, 1, 1, dtype=torch.bool)  # the layout says who sees whom
        with self._only(first, end):
            inputs = {"input_ids": packed.tokens[None]}
            if state is not None:
                inputs = {"inputs_embeds": state[None]}
            output = self._decoder(
                **inputs,
                position_ids=packed.positions[None],
                attention_mask=dict.fromkeys(self._kinds, unused) if self._kinds else unused,
                layout=packed.layout,
                use_cache=False,
            )
        hidden: Tensor = output.last_hidden_state[0]
        return hidden

    @contextmanager
    def _only(self, first: int, end: int) -> Iterator[None]:
        """The decoder cut down to some of its layers; its norm only where the last one is in."""
        norm = self._decoder.norm
        self._decoder.layers = nn.ModuleList(self._layers[first:end])
        self._config.num_hidden_layers = end - first
        if self._kinds is not None:
            self._config.layer_types = self._kinds[first:end]
        if end < self.n_layers:
            self._decoder.norm = nn.Identity()
        try:
            yield
        finally:
            self._decoder.layers = nn.ModuleList(self._layers)
            self._config.num_hidden_layers = self.n_layers
            if self._kinds is not None:
                self._config.layer_types = self._kinds
            self._decoder.norm = norm

    def _head(self, hidden: Tensor) -> Tensor:
        """Answer-only projection onto the vocabulary: float32 [n, vocabulary]."""
        rows = len(hidden)
        filled = nn.functional.pad(hidden.to(self.dtype), (0, 0, 0, -rows % _HEAD_ROWS))
        logits: Tensor = self._model.lm_head(filled)[:rows].float()
        cap = getattr(self._config, "final_logit_softcapping", None)
        return logits if cap is None else torch.tanh(logits / cap) * cap


def fastest_dtype() -> torch.dtype:
    """float32, or bfloat16 where this processor multiplies it at least 1.3 times as fast.

    Tried on one thread: several that wait for each other on a busy machine would measure that.
    """

    def seconds(dtype: torch.dtype) -> float:
        a, b = torch.ones(512, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
        best = float("inf")
        for _ in range(12):
            started = time.perf_counter()
            a @ b
            best = min(best, time.perf_counter() - started)
        return best

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        faster = seconds(torch.float32) / seconds(torch.bfloat16)
    finally:
        torch.set_num_threads(threads)
    return torch.bfloat16 if faster >= 1.3 else torch.float32


def _merge(model: nn.Module, experts: Sequence[Expert]) -> None:
    modules = dict(model.named_modules())
    for name in active_modules(experts):
        change = delta(experts, name)
        if change is not None:
            weight = modules[name].weight
            assert isinstance(weight, Tensor)  # experts name linear layers
            weight.data += change


def _layer_of(name: str) -> int:
    """The number of the layer a linear module belongs to; -1 outside attention and MLP."""
    parts = name.split(".")
    inside = any(block in parts for block in _LINEARS)
    return next((int(part) for part in parts if part.isdecimal()), -1) if inside else -1


def _families(examples: Sequence[Example]) -> Iterator[tuple[list[int], list[Example]]]:
    """Batches of neighbours whose prompts begin alike, each with what they have in common.

    The questions on one memory follow each other, and all begin with the system text that holds it.
    """
    for batch in _batches(examples, _alike):
        common = list(_common([example.prompt for example in batch]))
        yield common, [Example(x.prompt, x.answer, len(common)) for x in batch]


def _alike(one: Example, other: Example) -> bool:
    return len(_common([one.prompt, other.prompt])) >= len(one.prompt) // 2


def _common(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """What all prompts begin with."""
    low, high = min(prompts), max(prompts)
    same = (i for i, pair in enumerate(zip(low, high, strict=False)) if pair[0] != pair[1])
    return low[: next(same, len(low))]


def _batches(
    examples: Sequence[Example], together: Callable[[Example, Example], bool] | None = None
) -> Iterator[list[Example]]:
    """Neighbours of at most _PREPARED_TOKENS, and all `together` with the first of their batch."""
    batch: list[Example] = []
    size = 0
    for example in examples:
        length = len(own_tokens(example))
        apart = bool(batch) and together is not None and not together(batch[0], example)
        if batch and (apart or size + length > _PREPARED_TOKENS):
            yield batch
            batch, size = [], 0
        batch.append(example)
        size += length
    if batch:
        yield batch
