"""How much memory a night will take, said before it begins, and what to do when it is too much.

Counted from the model's shape: the frozen weights, the new expert with its gradients and Adam's two
moments, what a training step keeps for its backward pass, the output layer's logits, the teacher's
and the rollouts' forward passes, and the model that is served meanwhile. What costs nothing but
time is chosen by itself (computing activations again, and 4 bits on a GPU: QLoRA, Dettmers et al.,
arXiv 2305.14314); what changes how much is learned is offered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import psutil
import torch

from assistant.errors import ReverieError
from assistant.exit_codes import ExitCode
from sleep.engines import Wanted, choose
from sleep.engines.device import best_device, working_dtype
from sleep.gguf_file import GgufFile
from sleep.model_config import model_config
from sleep.seeding import Recipe

# Tokens that the teacher reads at once, and sequences that are drawn at once; with a GPU or not.
_TAUGHT: Final = {True: 2048, False: 768}
_DRAWN: Final = {True: 64, False: 16}
_PROGRAM: Final = 500_000_000  # Python and its libraries, or what a GPU's driver takes
_STATE: Final = 16  # bytes of a trained value: itself, its gradient, two moments
_FOUR_BITS: Final = 0.53  # bytes of a weight in NF4, its scales included
_SHORT: Final = 32  # tokens of an example, where memory is scarce
_FREE: Final = 0.9  # share of the free memory that a night may take
# Measured on the starter: what the allocator holds beyond the tensors that are alive.
_SLACK: Final = {True: 1.25, False: 1.8}


@dataclass(frozen=True)
class Shape:
    """A model's sizes, in values unless said otherwise."""

    layers: int
    width: int
    inner: int
    queries: int
    keys: int
    vocabulary: int
    parameters: int
    in_linears: int
    """Parameters in the layers' linear modules, which 4 bits can hold."""
    file_bytes: int
    n_ctx: int

    @classmethod
    def of(cls, gguf: Path, n_ctx: int) -> Shape:
        """Read from the header of a GGUF; ReverieError when it cannot be trained."""
        model = GgufFile(gguf)
        config = model_config(model)
        matrices = [t.elements for t in model.tensors.values() if t.rows > 1 and "blk" in t.name]
        return cls(
            layers=config["num_hidden_layers"],
            width=config["hidden_size"],
            inner=config["intermediate_size"],
            queries=config["num_attention_heads"] * config["head_dim"],
            keys=config["num_key_value_heads"] * config["head_dim"],
            vocabulary=config["vocab_size"],
            parameters=sum(tensor.elements for tensor in model.tensors.values()),
            in_linears=sum(matrices),
            file_bytes=model.file_bytes,
            n_ctx=min(n_ctx, config["max_position_embeddings"]),
        )


@dataclass(frozen=True)
class Machine:
    """Free bytes where a night trains: memory, or a GPU's. `value`: bytes of one in its type."""

    free: int
    value: int
    gpu: bool = False
    four_bit: bool = False
    """Whether the base can be held in 4 bits here."""

    @classmethod
    def here(cls, wanted: Wanted = "auto") -> Machine:
        """This machine, now."""
        device = best_device()
        value = torch.empty((), dtype=working_dtype(device)).element_size()
        if device.type in ("cuda", "xpu"):
            free, _ = torch.get_device_module(device).mem_get_info()
            packed = choose(wanted) == "unsloth" and find_spec("bitsandbytes") is not None
            return cls(free, value, gpu=True, four_bit=packed)
        return cls(psutil.virtual_memory().available, value)


@dataclass(frozen=True)
class Ways:
    """How a night trains, as far as memory is concerned."""

    four_bit: bool = False
    checkpointing: bool = False


@dataclass(frozen=True)
class Need:
    """Bytes, by what takes them. The teacher is at work while the served model is loaded, too."""

    program: int
    weights: int
    expert: int
    student: int
    """A training step: activations, logits, and what the lower layers made of the examples."""
    teacher: int
    rollouts: int
    serving: int

    @property
    def total(self) -> int:
        """The most at any one time."""
        lectures = self.serving + self.teacher
        return (
            self.program + self.weights + max(lectures, self.expert + self.student, self.rollouts)
        )


@dataclass(frozen=True)
class Lengths:
    """Tokens of a typical long example: of the common prefix, of its own, and of its answer."""

    prefix: int = 48
    own: int = 48
    answer: int = 16


class TooLarge(ReverieError):
    """The night would not fit into memory: nothing was begun."""

    exit_code = ExitCode.NOTHING


def need(
    shape: Shape, machine: Machine, recipe: Recipe, ways: Ways, lengths: Lengths = Lengths()
) -> Need:
    """What a night with this recipe takes."""
    slack = _SLACK[machine.gpu]
    lengths = replace(lengths, own=min(lengths.own, recipe.length))
    batch = batch_of(recipe)
    trained = shape.layers - int(recipe.depth * shape.layers)
    whole = lengths.prefix + lengths.own
    tokens = batch * whole if machine.gpu else lengths.prefix + batch * lengths.own
    kept = _per_token(shape, machine.value) * trained * tokens
    if ways.checkpointing:
        kept = (shape.width * machine.value * trained + _per_token(shape, machine.value)) * tokens
    logits = 3 * 4 * batch * lengths.answer * shape.vocabulary
    weights = shape.parameters * machine.value
    if ways.four_bit:
        weights -= int(shape.in_linears * (machine.value - _FOUR_BITS))
    pairs = 4 * shape.width + 2 * shape.queries + 2 * shape.keys + 3 * (shape.width + shape.inner)
    taught, drawn = _TAUGHT[machine.gpu], _DRAWN[machine.gpu]
    cache = 2 * shape.keys * machine.value * shape.layers * whole
    forward = (6 * shape.width + 3 * shape.inner) * machine.value
    return Need(
        program=_PROGRAM,
        weights=int(weights),
        expert=pairs * recipe.rank * trained * _STATE,
        student=int(slack * (kept + logits)),
        teacher=int(slack * (taught * forward + 8 * taught // 3 * shape.vocabulary)),
        rollouts=int(slack * drawn * (cache + forward + 8 * shape.vocabulary)),
        serving=shape.file_bytes + 4 * shape.keys * shape.layers * shape.n_ctx,
    )


def _per_token(shape: Shape, value: int) -> int:
    """Bytes that one layer keeps of one token for its backward pass: norms in float32, the inputs
    of the linear modules, queries and keys padded to one length, gate, its activation and up."""
    normed = 2 * 4 * shape.width
    rest = 3 * shape.width + 4 * shape.inner + 4 * shape.queries + 4 * shape.keys
    return normed + rest * value


_KINDS: Final = ("facts", "unknowns", "replay", "anchors", "in_prompt", "prose")


def batch_of(recipe: Recipe) -> int:
    """Examples of one training step."""
    return sum(getattr(recipe, name) for name in _KINDS)


def shrunk(recipe: Recipe, batch: int) -> Recipe:
    """The recipe with at most `batch` examples in a step, each kind in proportion."""
    share = min(1.0, batch / batch_of(recipe))
    sizes = {name: getattr(recipe, name) for name in _KINDS}
    less = {name: max(1, math.floor(share * size)) for name, size in sizes.items() if size}
    return msgspec.structs.replace(recipe, **less)


def plan(shape: Shape, machine: Machine, recipe: Recipe) -> Ways:
    """The first way to train that fits, the fastest first.

    Raises TooLarge, with what would fit, if none does.
    """
    every = list(_ways(machine))
    for ways in every:
        if need(shape, machine, recipe, ways).total <= _FREE * machine.free:
            return ways
    least = need(shape, machine, recipe, every[-1])
    where = "GPU memory" if machine.gpu else "memory"
    raise TooLarge(
        f"the night would take {_gigabytes(least.total)} of {where} and "
        f"{_gigabytes(machine.free)} are free",
        hint=_offer(shape, machine, recipe, every[-1]),
    )


def _ways(machine: Machine) -> Iterator[Ways]:
    """Ways to train from the fastest to the smallest."""
    yield Ways()
    yield Ways(checkpointing=True)
    if machine.four_bit:
        yield Ways(four_bit=True, checkpointing=True)


def _offer(shape: Shape, machine: Machine, recipe: Recipe, ways: Ways) -> str:
    """What would fit, as settings; or how far away it is."""

    def fits(smaller: Recipe, how: Ways = ways, on: Machine = machine) -> bool:
        return need(shape, on, smaller, how).total <= _FREE * on.free

    batches = [shrunk(recipe, size) for size in (16, 12, 8)]
    for smaller in batches:
        if fits(smaller):
            return f"It would fit with 'reverie config set sleep.batch {batch_of(smaller)}'."
    short = msgspec.structs.replace(batches[-1], length=_SHORT)
    if fits(short):
        return (
            f"It would fit with sleep.batch {batch_of(short)} and sleep.length {_SHORT}: long "
            "examples are left out."
        )
    for depth in (0.6, 0.8):
        fewer = msgspec.structs.replace(short, depth=depth)
        if fits(fewer):
            return (
                f"It would fit with sleep.batch {batch_of(fewer)}, sleep.length {_SHORT} and "
                f"sleep.depth {depth}: fewer layers learn."
            )
    packed = replace(machine, four_bit=True)
    if machine.gpu and not machine.four_bit and fits(batches[-1], Ways(True, True), packed):
        return (
            "It would fit with the base in 4 bits: install Unsloth and bitsandbytes "
            "('pip install \"reverie[unsloth]\"')."
        )
    return "Close other programs, or choose a smaller model ('reverie models use')."


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
