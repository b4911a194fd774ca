"""Errors read as sentences and carry the documented exit codes."""

import pytest

from assistant import errors
from assistant.exit_codes import ExitCode


def test_message_and_hint_become_sentences():
    assert str(errors.ReverieError("The disk is full")) == "The disk is full"
    assert str(errors.ReverieError("The disk is full", "Make room.")) == (
        "The disk is full. Make room."
    )
    assert str(errors.ReverieError("Is it on?", "Look.")) == "Is it on? Look."


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ReverieError, 1),
        (errors.UsageError_, 2),
        (errors.SettingsError, 2),
        (errors.RefusedError, 3),
        (errors.NothingToDo, 4),
        (errors.BusyError, 5),
        (errors.Interrupted, 130),
    ],
)
def test_exit_codes_are_the_documented_ones(kind: type[errors.ReverieError], code: int):
    assert kind("x").exit_code == ExitCode(code)
