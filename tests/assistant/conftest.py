"""Fixtures that several tests of the assistant share."""

import msgspec
import pytest

from assistant import bases
from assistant.needs import NightMemory
from tests.fixtures_gguf import tiny_gguf

__all__ = ["tiny_gguf"]

NIGHT = NightMemory(2_000_000_000, 1_500_000_000, 8_000_000_000, gpu=False, offer="")
TIGHT = msgspec.structs.replace(
    NIGHT, usual=9_000_000_000, least=9_000_000_000, offer="It would fit with sleep.batch 8."
)


@pytest.fixture(autouse=True)
def night_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a night needs is not asked of a process of its own, which would load torch."""
    monkeypatch.setattr(bases, "night_memory", lambda _: NIGHT)
