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
from sleep.engines.device import best_device, bytes_of_each, working_dtype
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
_FEWEST: Final = 8  # examples of a step, where memory is scarce
_FUSED_ROWS: Final = 64  # logits that Unsloth's engine makes at a time
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
    fused: bool = False
    """Whether logits are made some rows at a time, as Unsloth's engine does."""
    four_bit: bool = False
    """Whether the base can be held in 4 bits here."""
    cards: tuple[int, ...] = ()
    """Free bytes of every GPU, where a model may be spread over them."""

    @classmethod
    def here(cls, wanted: Wanted = "auto", *, whole: bool = False) -> Machine:
        """This machine, now; `whole`: as if nothing else used its memory."""
        device = best_device()
        value = torch.empty((), dtype=working_dtype(device)).element_size()
        if device.type in ("cuda", "xpu"):
            cards = bytes_of_each(device, whole=whole)
            fused = choose(wanted) == "unsloth"
            packed = fused and find_spec("bitsandbytes") is not None
            usable = cards if wanted != "unsloth" else ()
            return cls(cards[0], value, True, fused, packed, usable)
        memory = psutil.virtual_memory()
        return cls(memory.total if whole else memory.available, value)


@dataclass(frozen=True)
class Ways:
    """How a night trains, as far as memory is concerned."""

    four_bit: bool = False
    checkpointing: bool = False
    spread: bool = False
    """The layers lie on several GPUs (`sleep.engines.cards`)."""


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

    def on_each(self, cards: int) -> int:
        """The most on any one of several GPUs: its share of the weights, and everything else.

        Activations are spread as well, so this is more than it takes.
        """
        return self.total - self.weights + self.weights // cards


@dataclass(frozen=True)
class Lengths:
    """Tokens of a typical long example: of the common prefix, of its own, and of its answer."""

    prefix: int = 48
    own: int = 48
    answer: int = 16


class TooLarge(ReverieError):
    """The night would not fit into memory: nothing was begun. `hint`: what would fit.

    need: bytes of the way that takes least; `lacking` says it in words that stay the same.
    """

    exit_code = ExitCode.NOTHING

    def __init__(self, need: int, machine: Machine, hint: str) -> None:
        where = "GPU memory" if machine.gpu else "memory"
        free = _gigabytes(machine.free)
        super().__init__(
            f"the night would take {_gigabytes(need)} of {where} and {free} are free", hint
        )
        self.lacking = f"a night needs about {_gigabytes(need)} of free {where}"


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
    rows = batch * lengths.answer
    if machine.fused and not ways.spread:
        rows = min(rows, _FUSED_ROWS)
    logits = 3 * 4 * rows * shape.vocabulary
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
    found = _fitting(shape, machine, recipe)
    if found is not None:
        return found
    raise TooLarge(least(shape, machine, recipe), machine, _offer(shape, machine, recipe))


def least(shape: Shape, machine: Machine, recipe: Recipe) -> int:
    """Bytes of the way that takes least, of one GPU where it is spread over several."""
    every = (need(shape, machine, recipe, ways).total for ways in _ways(machine) if not ways.spread)
    return min(every)


def _fitting(shape: Shape, machine: Machine, recipe: Recipe) -> Ways | None:
    """The first way that fits."""
    for ways in _ways(machine):
        found = need(shape, machine, recipe, ways)
        if ways.spread:
            fits = found.on_each(len(machine.cards)) <= _FREE * min(machine.cards)
        else:
            fits = found.total <= _FREE * machine.free
        if fits:
            return ways
    return None


def _ways(machine: Machine) -> Iterator[Ways]:
    """Ways to train, the fastest first; what is exact before 4 bits, which are not."""
    yield Ways()
    yield Ways(checkpointing=True)
    if len(machine.cards) > 1:
        yield Ways(spread=True)
        yield Ways(checkpointing=True, spread=True)
    if machine.four_bit:
        yield Ways(four_bit=True, checkpointing=True)


def _offer(shape: Shape, machine: Machine, recipe: Recipe) -> str:
    """What would fit, by the same estimate: settings that cost the least first."""
    small = shrunk(recipe, _FEWEST)
    short = msgspec.structs.replace(small, length=min(_SHORT, small.length))
    for batch in (16, 12, _FEWEST):
        fewer = shrunk(recipe, batch)
        if _fitting(shape, machine, fewer):
            return f"It would fit with 'reverie config set sleep.batch {batch}'."
    said = f"sleep.batch {_FEWEST}, sleep.length {short.length}"
    if _fitting(shape, machine, short):
        return f"It would fit with {said}: long examples are left out."
    if machine.gpu and not machine.four_bit:
        packed = replace(machine, four_bit=True)
        for less, also in ((recipe, ""), (small, f" and sleep.batch {_FEWEST}")):
            if _fitting(shape, packed, less):
                return (
                    f"It would fit with the base in 4 bits{also}: install Unsloth and bitsandbytes "
                    "('pip install \"reverie[unsloth]\"')."
                )
    for depth in (0.6, 0.8):
        shallow = msgspec.structs.replace(short, depth=max(depth, short.depth))
        if _fitting(shape, machine, shallow):
            return f"It would fit with {said}, sleep.depth {shallow.depth:g}: fewer layers learn."
    return "Close other programs, or choose a smaller model ('reverie models use')."


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
