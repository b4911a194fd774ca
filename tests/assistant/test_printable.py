"""Nothing that was said reaches a terminal as a command."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import output
from assistant.printable import printable


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_no_control_character_is_left_and_nothing_else_goes(text):
    left = printable(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in left if c not in "\t\n")
    kept = [c for c in text if c in "\t\n" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0)]
    assert list(left) == kept


@pytest.mark.parametrize("say", [output.data, output.piece, output.narrate, output.complain])
def test_commands_print_none(say, capsys):
    say("a\x1b[2Jb\x07c")
    said = capsys.readouterr()
    assert "a[2Jbc" in said.out + said.err
    assert "\x1b" not in said.out + said.err
    assert "\x07" not in said.out + said.err


def test_letters_of_every_script_stay():
    text = "Grüße, 你好, שלום, 👋🏽\n\tzwei"
    assert printable(text) == text
