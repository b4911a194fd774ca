"""A short fuzz in every test run; the long one is `python -m tests.guarantees.fuzz`."""

import pytest

from tests.guarantees.fuzz import TARGETS, Target, main, run

INPUTS = 25


@pytest.mark.parametrize("target", TARGETS, ids=lambda each: each.name)
def test_any_input_is_taken_or_refused_in_words_and_nothing_is_lost(target: Target):
    assert run(target, INPUTS) >= INPUTS


def test_a_crash_is_found_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def breaks(data: bytes, _folder: object) -> None:
        data.decode("ascii")

    monkeypatch.setattr(
        "tests.guarantees.fuzz.TARGETS", [Target("weak", TARGETS[0].inputs, breaks)]
    )
    assert main(["--inputs", "500"]) == 1
    assert "1 crashed" in capsys.readouterr().out
