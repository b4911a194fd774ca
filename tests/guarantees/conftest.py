"""Fixtures of the nights, for the promises of GUARANTEES.md."""

from tests.fixtures_gguf import tiny_gguf  # noqa: F401
from tests.sleep.night.conftest import (  # noqa: F401
    _morning,
    first_night,
    home,
    model,
    morning,
    sleep,
    sleep_for_real,
    told,
)
