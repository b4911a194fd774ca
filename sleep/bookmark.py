"""How far seeding is, on the disk: a night that makes room for somebody goes on where it was.

Kept every few steps: the new expert, the optimizer's moments, the dice, and how well each lecture
is known. It holds for exactly the lectures and the recipe that it was made with; when anything has
changed, seeding starts afresh. Format: safetensors, the rest as JSON in its header.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from sleep.engines import Example
from sleep.files import replacing

_MOMENTS: Final = ("exp_avg", "exp_avg_sq", "step")


class Known(Protocol):
    """A lecture, as far as it changes while it is taught."""

    kind: Any
    example: Example
    worst: float
    drawn: int


class _State(msgspec.Struct):
    """What is no tensor."""

    fingerprint: str
    step: int
    seconds: float
    dice: tuple[int, tuple[int, ...], float | None]
    known: list[tuple[float, int]]


class Bookmark:
    """One file; `recipe` is what, beside the lectures, the course of seeding depends on."""

    def __init__(self, path: Path, recipe: msgspec.Struct) -> None:
        self._path = path
        self._recipe = recipe

    def put(
        self,
        step: int,
        seconds: float,
        optimizer: torch.optim.Optimizer,
        dice: random.Random,
        lectures: Sequence[Known],
    ) -> None:
        """Note that `step` steps are done, in `seconds`; whole on the disk or not at all."""
        tensors: dict[str, Tensor] = {}
        for number, parameter in enumerate(_parameters(optimizer)):
            tensors[f"{number}.value"] = parameter.detach().cpu().contiguous()
            for name in _MOMENTS:
                tensors[f"{number}.{name}"] = optimizer.state[parameter][name].cpu().contiguous()
        version, internal, gauss = dice.getstate()
        known = [(x.worst, x.drawn) for x in lectures]
        state = _State(
            self._fingerprint(lectures), step, seconds, (version, internal, gauss), known
        )
        header = {"state": msgspec.json.encode(state).decode()}
        with replacing(self._path, "how far the night is") as file:
            file.write(save(tensors, header))

    def take_up(
        self,
        optimizer: torch.optim.Optimizer,
        dice: random.Random,
        lectures: Sequence[Known],
    ) -> tuple[int, float]:
        """Set everything to where it was; returns steps and seconds done, (0, 0) without one."""
        found = self._read(lectures)
        if found is None:
            return 0, 0.0
        state, tensors = found
        with torch.no_grad():
            for number, parameter in enumerate(_parameters(optimizer)):
                parameter.copy_(tensors[f"{number}.value"])
                for name in _MOMENTS:
                    kept = tensors[f"{number}.{name}"]
                    # The count of steps stays on the CPU, as AdamW has it.
                    moved = kept if name == "step" else kept.to(parameter.device)
                    optimizer.state[parameter][name] = moved
        dice.setstate(state.dice)
        for lecture, (worst, drawn) in zip(lectures, state.known, strict=True):
            lecture.worst, lecture.drawn = worst, drawn
        return state.step, state.seconds

    def _read(self, lectures: Sequence[Known]) -> tuple[_State, dict[str, Tensor]] | None:
        try:
            with safe_open(self._path, "pt") as file:
                state = msgspec.json.decode(file.metadata()["state"], type=_State)
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, msgspec.MsgspecError, KeyError, TypeError):
            return None  # there is none, or it is damaged
        return (state, tensors) if state.fingerprint == self._fingerprint(lectures) else None

    def _fingerprint(self, lectures: Sequence[Known]) -> str:
        taught = [(x.kind, x.example.prompt, x.example.answer) for x in lectures]
        return hashlib.sha256(msgspec.json.encode((self._recipe, taught))).hexdigest()


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
