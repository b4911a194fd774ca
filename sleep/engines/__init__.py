"""The training engines: one small interface, chosen here by what the machine has."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final, Literal

from assistant.errors import ReverieError
from sleep.engines.base import Engine, Example, Teaching, TrainingFolder
from sleep.engines.device import best_device

__all__ = ["Engine", "Example", "Teaching", "TrainingFolder", "choose", "open_engine"]

_FAST: Final = ("cuda", "xpu")  # what Unsloth has kernels for

Wanted = Literal["auto", "peft", "unsloth"]
"""The setting `sleep.engine`."""


def choose(wanted: Wanted = "auto") -> Literal["peft", "unsloth"]:
    """The engine to use: Unsloth where it and a GPU that it has kernels for are there.

    Raises ReverieError when it is asked for by name and not installed.
    """
    if wanted == "peft":
        return "peft"
    installed = find_spec("unsloth") is not None and find_spec("unsloth_zoo") is not None
    if wanted == "unsloth":
        if not installed:
            raise ReverieError(
                "the setting sleep.engine asks for Unsloth, which is not installed",
                hint="Install it with 'pip install \"reverie[unsloth]\"', or set sleep.engine "
                "to auto.",
            )
        return "unsloth"
    return "unsloth" if installed and best_device().type in _FAST else "peft"


def open_engine(folder: TrainingFolder, wanted: Wanted = "auto") -> Engine:
    """The engine of `choose` on `folder`. Only one of them is ever imported in a process.

    A model that is spread over several GPUs is the reference's: Unsloth's kernels know of one.

    Raises ReverieError when an engine cannot do what the folder asks for, or not be loaded.
    """
    if choose(wanted) == "unsloth" and not folder.spread:
        from sleep.engines.unsloth import UnslothEngine

        return UnslothEngine(folder)
    from sleep.engines.peft import PeftEngine

    return PeftEngine(folder)
