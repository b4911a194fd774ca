"""Old model files make room; what is served, and what a rollback needs, stays."""

from pathlib import Path

import pytest

from assistant import settings
from assistant.generations import Generations
from assistant.hashes import file_sha256
from assistant.journal import Journal
from assistant.paths import Paths
from assistant.retention import prune
from assistant.settings import GenerationSettings


@pytest.fixture
def generations(paths: Paths, journal: Journal, tmp_path: Path) -> Generations:
    """A base and six generations of a kilobyte each, in a line; the sixth is served."""
    (tmp_path / "base.gguf").write_bytes(b"base")
    settings.store(paths, "model.path", str(tmp_path / "base.gguf"))
    generations = Generations(paths, journal)
    for number in range(1, 7):
        gguf = generations.folder(generations.reserve()) / "model.gguf"
        gguf.write_bytes(bytes(1000))
        (gguf.parent / "experts.safetensors").write_bytes(b"small")
        sha256 = file_sha256(gguf)
        generations.record(number, parent=number - 1, sha256=sha256, night_id=number)
    generations.promote(6)
    return generations


def there(generations: Generations) -> list[int]:
    return [each.id for each in generations.list() if each.id and each.gguf.is_file()]


def test_by_count_the_oldest_go(generations: Generations):
    assert prune(generations, GenerationSettings(keep=3)) == [1, 2, 3]
    assert there(generations) == [4, 5, 6]
    assert generations.list()[1].status == "pruned"
    assert (generations.folder(1) / "experts.safetensors").exists()
    assert prune(generations, GenerationSettings(keep=3)) == []


def test_by_size(generations: Generations):
    prune(generations, GenerationSettings(keep=9, gigabytes=4000 / 1e9))
    assert there(generations) == [3, 4, 5, 6]


def test_refused_ones_go_first(generations: Generations):
    generations.set_status(4, "refused")
    assert prune(generations, GenerationSettings(keep=5)) == [4]


def test_the_served_one_and_the_way_back_stay(generations: Generations):
    generations.promote(2)
    prune(generations, GenerationSettings(keep=2, gigabytes=1e-9))
    assert there(generations) == [1, 2]
    assert generations.before(2).id == 1


def test_a_kill_in_between_leaves_a_file_too_much(
    generations: Generations, monkeypatch: pytest.MonkeyPatch
):
    def crash(*_: object, **__: object) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(Path, "unlink", crash)
    with pytest.raises(OSError, match="power cut"):
        prune(generations, GenerationSettings(keep=5))
    monkeypatch.undo()
    assert there(generations) == [1, 2, 3, 4, 5, 6]
    prune(generations, GenerationSettings(keep=5))
    assert len(there(generations)) == 5
