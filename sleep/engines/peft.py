"""The reference engine: transformers for the model, PEFT for the expert, plain PyTorch.

Experts sit in the upper layers, so what the frozen lower layers make of an example never changes:
it is computed once (`prepare`) and kept, and a training step runs the upper layers only. Older
experts are added into the weights (`gate`); they cost nothing afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from assistant.errors import ReverieError
from sleep.engines.attention import NAME, Blocks
from sleep.engines.base import Example, Teaching, TrainingFolder
from sleep.engines.cards import spread
from sleep.engines.lowrank import FusedLinear
from sleep.engines.model import ModelEngine, cut
from sleep.engines.packing import Packed, own_tokens, pack

_ADAPTER: Final = "new"
_ROW: Final = 64  # lengths of training rows are multiples of this, see `pack`
_HEAD_ROWS: Final = 32
_ASIDE: Final = torch.zeros(1, 1, 1, 1)
_PREPARED_TOKENS: Final = 512  # of examples at a time


class PeftEngine(ModelEngine):
    """One frozen causal language model, with room for one new expert."""

    def __init__(self, folder: TrainingFolder) -> None:
        if folder.four_bit:
            raise ReverieError(
                "a night with the base in 4 bits needs Unsloth and a GPU",
                hint="Install it with 'pip install \"reverie[unsloth]\"'.",
            )
        super().__init__()
        if folder.threads:
            torch.set_num_threads(folder.threads)
        transformers_logging.disable_progress_bar()
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder.path, local_files_only=True, dtype=self.dtype, attn_implementation=NAME
        )
        model.eval().requires_grad_(False)
        placed = spread(model, self.device) if folder.spread else model.to(self.device)
        self._hold(placed, folder.path)
        self._checkpointing = folder.checkpointing
        if folder.checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        self._decoder: Any = self._model.model
        self._config: Any = self._decoder.config
        self._layers = list(self._decoder.layers)
        self._kinds: list[str] | None = getattr(self._config, "layer_types", None)
        self._prefix: list[int] = []
        self._prefix_state = torch.empty(0)
        self._states: dict[Example, Tensor] = {}
        self._prepared: Counter[Example] = Counter()
        self.gate(folder.experts)

    def share_prefix(self, prefix: Sequence[int]) -> None:
        self._prefix = list(prefix)
        self._forget()

    def _forget(self) -> None:
        self._states.clear()
        self._prepared.clear()

    @torch.no_grad()
    def teach(self, examples: Sequence[Example], k: int) -> list[Teaching]:
        taught: list[Teaching] = []
        for prefix, batch in _families(examples):
            packed = pack(batch, prefix)
            with self._frozen():
                hidden = self._through(packed, None, 0)
            logprobs = self._head(hidden[packed.answers]).log_softmax(-1)
            taught += cut(logprobs, batch, k)
        return taught

    def grow(self, *, rank: int, alpha: float, first_layer: int, seed: int) -> None:
        torch.manual_seed(seed)
        names = self._targets(first_layer)
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
        self._prepared.update(examples)

    def release(self, examples: Sequence[Example]) -> None:
        self._prepared.subtract(examples)
        for example in examples:
            if self._prepared[example] <= 0:
                self._states.pop(example, None)

    def logits(self, batch: Sequence[Example]) -> Tensor:
        packed = pack(batch, self._prefix, _ROW)
        parts = [self._prefix_state, *(self._states[example] for example in batch)]
        state = parts[0].new_zeros(len(packed.tokens), parts[0].shape[1])
        torch.cat(parts, out=state[: sum(map(len, parts))])
        self._model.train(self._checkpointing)  # without dropout, all that it switches on
        try:
            hidden = self._through(packed, state, self._first)
        finally:
            self._model.eval()
        return self._head(hidden[packed.answers])

    def _through(
        self, packed: Packed, state: Tensor | None, first: int, end: int | None = None
    ) -> Tensor:
        """Hidden states [T, width] after layers first..end; the final norm only after the last."""
        end = self.n_layers if end is None else end
        packed = packed.to(self.device)
        with self._only(first, end):
            inputs = {"input_ids": packed.tokens[None]}
            if state is not None:
                inputs = {"inputs_embeds": state[None]}
            output = self._decoder(
                **inputs,
                position_ids=packed.positions[None],
                attention_mask=_ASIDE,  # or transformers would make one
                blocks=Blocks(packed),
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
        return self._on_vocabulary(filled, rows)


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
