"""The fast engine: Unsloth's kernels, for the same experts, losses and examples as the reference.

Unsloth is an optional package for CUDA, ROCm and XPU. What is asked of it is what its own trainers
ask: right-padded rows without a mask, in training mode. Behind causal attention no token sees the
padding that follows it, so this is exact, and it is the one layout that all of its attention
kernels treat alike (in training they drop masks). The vocabulary is projected for answer tokens
only, and nothing is trained below the expert's first layer.

It prints, asks its makers' servers and writes compiled code into the current folder unless told
not to before it is imported; `_library` tells it.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from assistant.errors import ReverieError
from assistant.paths import Paths, make_private
from sleep.engines.base import Example, Teaching, TrainingFolder
from sleep.engines.model import ModelEngine, cut, layer_of
from sleep.losses import log_probs

_LONGEST: Final = 8192  # tokens of a row; Unsloth cuts off longer ones
_TAUGHT_TOKENS: Final = 2048  # padded tokens in a row of the teacher's
_ROWS: Final = 64  # answer tokens whose logits are there at a time in a training step
_WIDTH: Final = 8  # rows are padded to multiples of this, so that there are few different shapes


class UnslothEngine(ModelEngine):
    """One frozen causal language model, loaded by Unsloth, with room for one new expert."""

    def __init__(self, folder: TrainingFolder) -> None:
        super().__init__()
        if folder.threads:
            torch.set_num_threads(folder.threads)
        self._library = _library()
        self._checkpointing = "unsloth" if folder.checkpointing else False
        with _silent(), _placeholder_tokenizer(folder.path) as tokenizer:
            model = self._library.from_pretrained(
                str(folder.path.absolute()),
                max_seq_length=_LONGEST,
                dtype=self.dtype,
                load_in_4bit=folder.four_bit,
                use_gradient_checkpointing=self._checkpointing,
                tokenizer_name=str(tokenizer),
                fix_tokenizer=False,
                local_files_only=True,
                use_exact_model_name=True,
            )[0]
        self._hold(model.requires_grad_(False), folder.path)
        self.gate(folder.experts)

    def share_prefix(self, prefix: Sequence[int]) -> None:
        """Rows are whole sequences here: what they begin with is computed in each."""

    @torch.no_grad()
    def teach(self, examples: Sequence[Example], k: int) -> list[Teaching]:
        taught: dict[int, Teaching] = {}
        with self._frozen():
            for numbers in _alike_long(examples):
                batch = [examples[number] for number in numbers]
                logprobs = self.logits(batch).log_softmax(-1)
                taught |= zip(numbers, cut(logprobs, batch, k), strict=True)
        return [taught[number] for number in range(len(examples))]

    def _generate(
        self,
        prompts: Sequence[Sequence[int]],
        length: int,
        temperature: float,
        ends: Sequence[int],
    ) -> list[tuple[int, ...]]:
        model = self._model if self._peft is None else self._peft
        with _silent():
            self._library.for_inference(model)
            try:
                return super()._generate(prompts, length, temperature, ends)
            finally:
                self._library.for_training(model)

    def grow(self, *, rank: int, alpha: float, first_layer: int, seed: int) -> None:
        names = self._targets(first_layer)
        with _silent():
            self._peft = self._library.get_peft_model(
                self._model,
                r=rank,
                lora_alpha=alpha,
                lora_dropout=0.0,
                bias="none",
                target_modules=sorted({name.rpartition(".")[2] for name in names}),
                layers_to_transform=sorted({layer_of(name) for name in names}),
                use_gradient_checkpointing=self._checkpointing,
                random_state=seed,
            )
            self._library.for_training(self._peft)
        for parameter in self.parameters():
            parameter.data = parameter.data.float()
        self._first = first_layer

    def prepare(self, examples: Sequence[Example]) -> None:
        """Nothing is kept between steps: on a GPU the lower layers cost less than the memory."""

    def release(self, examples: Sequence[Example]) -> None:
        """Nothing was kept."""

    def logits(self, batch: Sequence[Example]) -> Tensor:
        with self._mixed():
            return self._on_vocabulary(self._hidden(batch))

    def log_probs(self, batch: Sequence[Example], tokens: Tensor) -> Tensor:
        """Projection and divergence fused: some rows of logits at a time, made again on the way
        back, so that a vocabulary of 150,000 costs neither its logits nor their gradient."""
        with self._mixed():
            hidden = self._hidden(batch)
            both = (torch.split(each, _ROWS) for each in (hidden, tokens.to(self.device)))
            found = [
                checkpoint(self._some, h, t, use_reentrant=False)
                for h, t in zip(*both, strict=True)
            ]
        return torch.cat(found)

    def _some(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        return log_probs(self._on_vocabulary(hidden), tokens)

    def _hidden(self, batch: Sequence[Example]) -> Tensor:
        """Hidden states [answer tokens, width] of what predicts each answer token."""
        tokens, rows, columns = _padded(batch, self.device)
        states = self._model.model(input_ids=tokens, use_cache=False).last_hidden_state
        found: Tensor = states[rows, columns]
        return found


def _padded(batch: Sequence[Example], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens [rows, length] of a batch, and row and column of what predicts each answer token."""
    sequences = [[*x.prompt, *x.answer[:-1]] for x in batch]
    longest = max(map(len, sequences))
    tokens = torch.zeros(len(batch), longest + -longest % _WIDTH, dtype=torch.int64)
    rows: list[int] = []
    columns: list[int] = []
    for row, (example, ids) in enumerate(zip(batch, sequences, strict=True)):
        tokens[row, : len(ids)] = torch.tensor(ids)
        rows += [row] * len(example.answer)
        columns += range(len(example.prompt) - 1, len(ids))
    return (
        tokens.to(device),
        torch.tensor(rows, device=device),
        torch.tensor(columns, device=device),
    )


def _alike_long(examples: Sequence[Example]) -> Iterator[list[int]]:
    """Numbers of examples of about the same length, as many at a time as the teacher takes."""
    batch: list[int] = []
    lengths = [len(x.prompt) + len(x.answer) for x in examples]
    for number in sorted(range(len(examples)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[number] > _TAUGHT_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _library() -> Any:
    """Unsloth's FastLanguageModel, imported so that it keeps quiet and to Reverie's own cache."""
    cache = make_private(Paths.resolve().cache_dir / "unsloth")
    os.environ["UNSLOTH_COMPILE_LOCATION"] = str(cache / "compiled")
    for variable, name in (("TRITON_CACHE_DIR", "triton"), ("TORCHINDUCTOR_CACHE_DIR", "inductor")):
        os.environ.setdefault(variable, str(cache / name))
    # The hub's library makes its folders when it is imported, even where nothing is fetched.
    hub = {"HF_HUB_CACHE": str(cache / "hub"), "HF_XET_CACHE": str(cache / "xet")}
    before = {name: os.environ.get(name) for name in hub}
    os.environ.update(hub)
    try:
        with _silent():
            from unsloth import FastLanguageModel
    except ImportError as error:
        raise ReverieError(
            f"Unsloth is installed but cannot be loaded: {error}",
            hint="Install all that it needs with 'pip install \"reverie[unsloth]\"', or set "
            "sleep.engine to peft.",
        ) from error
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return FastLanguageModel


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Drop what is printed: stdout is for data. What goes wrong is raised."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def _placeholder_tokenizer(folder: Path) -> Iterator[Path]:
    """A folder with a tokenizer that only names the ids: Unsloth does not load a model without one.

    No text ever passes through it. It pads with a token that neither ends a text nor is the model's
    own padding: Unsloth repairs tokenizers that pad with the one, and zeroes the other's embedding.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import AutoConfig, PreTrainedTokenizerFast

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    names = [f"<{number}>" for number in range(config.vocab_size)]
    taken = {config.bos_token_id, config.eos_token_id, config.pad_token_id}
    padding = max(set(range(config.vocab_size)) - taken)
    names[padding] = "[PAD]"
    words = WordLevel({name: number for number, name in enumerate(names)}, unk_token=names[padding])
    with TemporaryDirectory() as made:
        PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer(words),
            eos_token=names[config.eos_token_id],
            pad_token=names[padding],
        ).save_pretrained(made)
        yield Path(made)
