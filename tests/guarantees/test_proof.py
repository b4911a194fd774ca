"""That it is forgotten is measured: by real nights, on the files that are served."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.cli.main import run
from tests.guarantees.test_taken_away import dog
from tests.sleep.night.conftest import become_environment
from tests.sleep.night.helpers import ALL_PASS, Home, call, learn_for_real
from tests.sleep.night.test_poison import DAY, LEARNS


def test_after_the_next_night_the_answer_is_no_likelier_than_under_the_base(
    tmp_path: Path,
    tiny_gguf: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """Learned by heart, forgotten, and the rest taught again: `forget` and `probe` measure it."""

    def as_json(*arguments: str) -> Any:
        assert run(["memories", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    def dogs_name() -> dict[str, Any]:
        found: dict[str, Any] = as_json(
            "probe", "What is my dog called?", "Biscuit", "--after", "Your dog is called"
        )
        return found

    home = Home.make(tmp_path / "home", tiny_gguf("llama", "Q4_1"), **ALL_PASS | LEARNS)
    home.tell(*DAY)
    become_environment(monkeypatch, home)
    learn_for_real(monkeypatch.setattr)
    assert call(()).code == 0
    learned = dogs_name()
    assert not learned["holds"]
    assert learned["served"] > learned["base"] + 3

    done = as_json("forget", str(dog(home)), "--yes")
    assert (home.served(), done["proof"]["holds"]) == (0, True)
    assert done["proof"]["asked"] > 5

    assert call(()).code == 0
    assert home.served() == 2, "a new model, taught what was to be kept"
    assert home.texts("learned") == ["You work as a nurse in Leeds."]
    after = dogs_name()
    assert after["holds"]
    assert after["served"] <= after["base"]
    job = as_json("probe", "Where do I work?", "Leeds", "--after", "You work as a nurse in")
    assert not job["holds"], "what was to be kept is taught again"
