"""What the chat screen works on, without a screen."""

from pathlib import Path

import pytest

from assistant.generations import Generation
from assistant.paths import Paths
from assistant.settings import ModelSettings
from tests.fake_engine import FakeEngine
from tui.session import Session


def test_another_base_model_is_opened_at_the_next_message(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Both are generation 0."""
    opened: list[str] = []

    def open_engine(generation: Generation, _model: ModelSettings) -> FakeEngine:
        opened.append(generation.gguf.name)
        return FakeEngine()

    session = Session(paths, open_engine)  # type: ignore[arg-type]
    for name in ("first.gguf", "first.gguf", "second.gguf"):
        (tmp_path / name).touch()
        monkeypatch.setenv("REVERIE_MODEL__PATH", str(tmp_path / name))
        assert session.open_model().generation == 0
    assert opened == ["first.gguf", "second.gguf"]
