"""The training engines: one small interface, chosen here by what the machine has."""

from sleep.engines.base import Engine, Example, Teaching, TrainingFolder

__all__ = ["Engine", "Example", "Teaching", "TrainingFolder", "open_engine"]


def open_engine(folder: TrainingFolder) -> Engine:
    """The reference engine on `folder`; the Unsloth engine is to be chosen here on a GPU."""
    from sleep.engines.peft import PeftEngine

    return PeftEngine(folder)
