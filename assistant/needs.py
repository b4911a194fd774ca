"""What a model needs of this machine: to be chatted with, and to sleep.

Sizes on disk follow from the model. The memory of a night is its full-precision weights, the model
file, and what training works with; the latter was measured on the starter model (a night of it
peaked at 3.3 GB, of which 0.6 GB were weights and file), and grows with larger models, so the sum
is a lower bound for those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assistant.model_file import ModelInfo

WIDE_UP_TO: Final = 1_000_000_000
"""Parameters up to which a night trains on float32 weights; above, on bfloat16."""
_WORKING: Final = 2_700_000_000
_CHAT_WORKING: Final = 400_000_000
_GROWTH: Final = 1.15
"""A generation's file may be so much larger than the base (see `sleep.export`)."""


@dataclass(frozen=True)
class Needs:
    """Bytes of memory and of disk."""

    memory: int
    disk: int


def chat_needs(info: ModelInfo) -> Needs:
    """To be chatted with: the file, mapped, and a context."""
    return Needs(info.file_bytes + _CHAT_WORKING, 0)


def night_needs(info: ModelInfo, *, converted: bool = False) -> Needs:
    """To sleep; `converted`: its weights for training are on disk already."""
    weights = info.n_params * (4 if info.n_params <= WIDE_UP_TO else 2)
    file = int(info.file_bytes * _GROWTH)
    return Needs(weights + info.file_bytes + _WORKING, file + (0 if converted else weights))
