"""Experts: low-rank changes to the linear layers of the base model, and the file that keeps them.

One expert holds, for every linear module in its scope, a pair A [rank, in] and B [out, rank]; what
it adds to the module's weight is `gate * alpha / rank * B @ A` (docs: method, "Memory levels").
All experts of a generation lie in one experts.safetensors: plain tensors named
`<expert>/<module>.A` and `.B`, and one metadata entry with everything else as JSON.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from assistant.errors import ReverieError
from sleep.files import replacing, require_space

_FORMAT: Final = 1
_METADATA: Final = "reverie"
"""The only metadata key: safetensors writes several in random order, and equal experts must give
equal bytes."""


@dataclass(frozen=True)
class Expert:
    """One expert: `tensors` maps `<module>.A` to [rank, in] and `<module>.B` to [out, rank].

    Float32; modules are named as in transformers ("model.layers.15.self_attn.q_proj").
    """

    id: str
    level: int
    """Memory level it belongs to, 1 for the fastest."""
    night: int
    """The night that made it."""
    rank: int
    alpha: float
    gate: float
    """1 when active, 0 when not; something between only while dreaming."""
    tensors: dict[str, Tensor]

    def __post_init__(self) -> None:
        if not self.id or "/" in self.id:
            raise ValueError(f"an expert's id must be a name without '/', not {self.id!r}")
        for module in self.modules:
            a, b = self.pair(module)
            if a.ndim != 2 or b.ndim != 2 or {a.shape[0], b.shape[1]} != {self.rank}:
                shapes = f"A {tuple(a.shape)}, B {tuple(b.shape)}"
                raise ValueError(f"{self.id}: {module} has {shapes} for rank {self.rank}")

    @property
    def modules(self) -> list[str]:
        """Names of the linear modules it changes, sorted."""
        return sorted({name.rpartition(".")[0] for name in self.tensors})

    @property
    def scale(self) -> float:
        """What B @ A is multiplied with."""
        return self.gate * self.alpha / self.rank

    def pair(self, module: str) -> tuple[Tensor, Tensor]:
        """A [rank, in] and B [out, rank] of a module."""
        return self.tensors[f"{module}.A"], self.tensors[f"{module}.B"]

    def delta(self, module: str) -> Tensor:
        """What it adds to the weight of `module`: float32 [out, in]."""
        a, b = self.pair(module)
        return self.scale * (b.float() @ a.float())


class _Record(msgspec.Struct, frozen=True):
    """What the metadata says about one expert."""

    id: str
    level: int
    night: int
    rank: int
    alpha: float
    gate: float


class _Metadata(msgspec.Struct, frozen=True):
    format: int
    experts: list[_Record]


def active_modules(experts: Iterable[Expert]) -> list[str]:
    """Modules that at least one expert with an open gate changes, sorted."""
    return sorted({module for expert in experts if expert.gate for module in expert.modules})


def delta(experts: Sequence[Expert], module: str) -> Tensor | None:
    """What all experts together add to the weight of `module`: float32 [out, in], or nothing."""
    parts = [e.delta(module) for e in experts if e.gate and f"{module}.A" in e.tensors]
    return torch.stack(parts).sum(0) if parts else None


def save_experts(path: Path, experts: Sequence[Expert]) -> None:
    """Write all experts to `path` (whole or not at all, 0600); equal experts, equal bytes."""
    if len({expert.id for expert in experts}) != len(experts):
        raise ValueError("two experts have the same id")
    records = [_Record(e.id, e.level, e.night, e.rank, e.alpha, e.gate) for e in experts]
    metadata = msgspec.json.encode(_Metadata(_FORMAT, records)).decode()
    tensors = {
        f"{expert.id}/{name}": tensor.detach().to("cpu", torch.float32).contiguous()
        for expert in experts
        for name, tensor in expert.tensors.items()
    }
    data = save(tensors, {_METADATA: metadata})
    require_space(path.parent, len(data), "the experts")
    with replacing(path, "the experts") as file:
        file.write(data)


def load_experts(path: Path) -> list[Expert]:
    """The experts in `path`, in the order they were saved; ReverieError when it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_METADATA, "")
            metadata = msgspec.json.decode(text, type=_Metadata)
            if metadata.format != _FORMAT:
                raise ReverieError(
                    f"{path} was written by another version of Reverie (format {metadata.format}, "
                    f"this one reads {_FORMAT})",
                    hint="Install the newest Reverie.",
                )
            tensors: dict[str, dict[str, Tensor]] = {r.id: {} for r in metadata.experts}
            for key in file.keys():  # noqa: SIM118 - a file, not a dict
                owner, _, name = key.partition("/")
                tensors[owner][name] = file.get_tensor(key)
        return [
            Expert(r.id, r.level, r.night, r.rank, r.alpha, r.gate, tensors[r.id])
            for r in metadata.experts
        ]
    except (OSError, SafetensorError, msgspec.MsgspecError, KeyError, ValueError) as error:
        raise ReverieError(
            f"the experts in {path} cannot be read: {error}",
            hint="Roll back to an earlier generation with `reverie models rollback`.",
        ) from error
