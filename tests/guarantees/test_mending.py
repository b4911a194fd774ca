"""Flipped bits in every file of a home: found by hash, mended where it can be, else reported."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli.main import run
from assistant.errors import ReverieError
from assistant.generations import Generations
from assistant.hashes import file_sha256
from assistant.integrity import damages
from assistant.journal.checks import verify
from sleep import mend
from tests.sleep.night.conftest import Sleep, become_environment
from tests.sleep.night.helpers import Home


def flip(path: Path, seed: int = 0) -> None:
    """Turn one bit of a file over."""
    data = bytearray(path.read_bytes())
    rng = random.Random(seed)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def mended(home: Home) -> list[str]:
    """What could not be mended."""
    with home.journal() as journal:
        left = mend.mend(Generations(home.paths, journal), journal, lambda _: None)
    return [f"{each.generation} {each.part}" for each in left]


def found(home: Home) -> list[str]:
    with home.journal() as journal:
        return [
            f"{d.generation} {d.part}" for d in damages(Generations(home.paths, journal), journal)
        ]


@pytest.fixture
def here(morning: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home of a night that learned, as this process's own."""
    become_environment(monkeypatch, morning)
    return morning


def test_all_is_well_after_a_night(here: Home):
    assert found(here) == []
    assert run(["doctor"]) in (0, 1)  # a small machine is another matter
    assert mended(here) == []


@pytest.mark.parametrize("part", ["model.gguf", "manifest.json"])
@pytest.mark.parametrize("spoil", [flip, Path.unlink])
def test_what_can_be_built_again_is_bit_for_bit(
    part: str, spoil: Callable[[Path], None], here: Home
):
    path = here.generation(1) / part
    before = file_sha256(path)
    spoil(path)
    assert found(here) == [f"1 {part.partition('.')[0]}"]
    assert mended(here) == []
    assert file_sha256(path) == before
    assert path.stat().st_mode & 0o777 == 0o600
    here.check()


def test_experts_are_found_in_a_later_generation(here: Home, sleep: Sleep):
    here.tell("My sister Anna lives in Porto.")
    assert sleep(here).code == 0
    path = here.generation(1) / "experts.safetensors"
    before = file_sha256(path)
    flip(path)
    assert found(here) == ["1 experts"]
    assert mended(here) == []
    assert file_sha256(path) == before


def test_what_cannot_be_built_again_is_reported(here: Home, capsys: pytest.CaptureFixture[str]):
    flip(here.generation(1) / "experts.safetensors")
    assert mended(here) == ["1 experts"]
    run(["doctor", "--json"])
    checks = {each["name"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["generations"]["verdict"] == "fail"
    assert "experts.safetensors" in checks["generations"]["found"]
    assert "rebuild" in checks["generations"]["advice"]


def test_a_night_mends_what_it_builds_on(here: Home, sleep: Sleep):
    flip(here.generation(1) / "model.gguf")
    here.tell("My sister Anna lives in Porto.")
    slept = sleep(here)
    assert slept.code == 0
    assert "model.gguf of generation 1 was damaged, and is mended" in slept.err
    assert found(here) == []
    here.check()


def test_a_night_never_builds_on_what_is_damaged(here: Home, sleep: Sleep):
    """Its experts cannot be had again: the base is served, and all is taught anew."""
    before = here.texts("learned")
    flip(here.generation(1) / "experts.safetensors")
    slept = sleep(here)
    assert slept.code == 0
    assert "Generation 0 is served" in slept.err
    assert here.texts("learned") == before
    (row,) = here.rows("SELECT parent FROM generations WHERE id = 2")
    assert row["parent"] == 0
    here.check()


def test_another_base_is_refused_and_named(
    here: Home, sleep: Sleep, tiny_gguf: Callable[..., Path]
):
    other = str(tiny_gguf("llama", "Q8_0", seed=5))
    changed = Home(here.folder, here.environment | {"REVERIE_MODEL__PATH": other})
    slept = sleep(changed)
    assert slept.code == 1
    assert "is not the base model that generation 1 was made from" in slept.err
    assert here.served() == 1
    assert len(here.nights()) == 1


def test_a_flipped_bit_in_the_pointer_is_mended_at_the_next_start(here: Home):
    pointer = here.paths.generations_dir / "current"
    whole = pointer.read_bytes()
    for place in range(len(whole) * 8):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        pointer.write_bytes(data)
        with here.journal() as journal:
            Generations(here.paths, journal).settle()
        assert here.served() == 1
    here.check()


def test_flipped_bits_in_what_is_only_kept_for_speed(here: Home, sleep: Sleep):
    """The converted weights and the base's answers: damaged, they are made again."""
    hashes = {}
    kept = [path for path in here.paths.base_dir.rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} == {".json", ".safetensors"}
    for path in kept:
        hashes[path] = file_sha256(path)
        flip(path)
    here.tell("My sister Anna lives in Porto.")
    assert sleep(here).code == 0
    assert {path: file_sha256(path) for path in kept} == hashes


def test_a_flipped_bit_in_any_message_is_found(told: Home):
    told.check()
    with told.journal() as journal, journal.reading() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = told.paths.journal.read_bytes()
    for text in (b"Biscuit", b"nurse in Leeds", b"What is the capital of France?"):
        places = [at for at in range(len(data)) if data.startswith(text, at)]
        assert places
        for place in places:
            spoilt = bytearray(data)
            spoilt[place + 2] ^= 1
            told.paths.journal.write_bytes(spoilt)
            assert verify(told.paths.journal), f"unseen at {place}"
    told.paths.journal.write_bytes(data)
    assert verify(told.paths.journal) == []


def test_pruned_models_are_rebuilt_bit_for_bit(here: Home, capsys: pytest.CaptureFixture[str]):
    path = here.generation(1) / "model.gguf"
    before = path.read_bytes()
    with here.journal() as journal:
        generations = Generations(here.paths, journal)
        generations.switch(0)
        generations.set_status(1, "pruned")
        path.unlink()
        with pytest.raises(ReverieError, match="'reverie models rebuild 1' makes it again"):
            generations.get(1)
        mend.rebuild(generations, journal, 1)
        assert path.read_bytes() == before
        assert generations.get(1).status == "kept"
        generations.switch(1)
    here.check()


def test_what_cannot_be_rebuilt_says_why(here: Home):
    with here.journal() as journal:
        generations = Generations(here.paths, journal)
        with pytest.raises(ReverieError, match="no generation 9"):
            mend.rebuild(generations, journal, 9)
        shutil.rmtree(here.generation(1))
        with pytest.raises(ReverieError, match="no other generation has them"):
            mend.rebuild(generations, journal, 1)
