"""Every promise has a number and names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "GUARANTEES.md").read_text(encoding="utf-8")
PROMISES = re.findall(
    r"^\*\*(\d+)\. (.+?)\*\*(.*?)(?=^\*\*\d+\.|^## |^What does|\Z)", TEXT, re.M | re.S
)


def test_promises_are_numbered_in_order():
    assert [int(number) for number, _, _ in PROMISES] == list(range(1, len(PROMISES) + 1))
    assert len(PROMISES) > 20
    assert TEXT.count("Proof: ") == len(PROMISES)


@pytest.mark.parametrize("number", range(len(PROMISES)))
def test_a_promise_names_tests_that_exist(number: int):
    _, _, body = PROMISES[number]
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", body.partition("Proof: ")[2])
    assert named
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {each.name for each in tree.body if isinstance(each, FUNCTIONS)}, test


def test_what_does_not_hold_is_said_for_every_part():
    parts = TEXT.split("\n## ")[1:]
    silent = [part.splitlines()[0] for part in parts if "What does not hold" not in part]
    assert silent == ["The truth, and the load"]
