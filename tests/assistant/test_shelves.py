"""Models that other programs keep are found where they lie, and left as they are."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import base, shelves, system
from assistant.cli.main import run
from assistant.errors import ReverieError
from assistant.paths import Paths
from assistant.settings import load
from assistant.shelves import appraise, scan

OLLAMA = "application/vnd.ollama.image."


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with nothing in it, and no folder elsewhere."""
    home = tmp_path / "user"
    home.mkdir()
    for name in ("OLLAMA_MODELS", "LLAMA_CACHE", "HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(system, "platform", lambda: "linux")
    monkeypatch.setattr(shelves, "_ollama_folders", lambda home: [home / ".ollama" / "models"])
    return home


@pytest.fixture
def gguf(tiny_gguf: Callable[..., Path]) -> Path:
    return tiny_gguf("llama", "Q8_0")


def put(gguf: Path, *places: Path) -> None:
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(gguf, place)


def ollama(home: Path, gguf: Path, name: str, digest: str = "sha256:abc") -> Path:
    models = home / ".ollama" / "models"
    blob = models / "blobs" / digest.replace(":", "-")
    put(gguf, blob)
    manifest = models / "manifests" / "registry.example" / name
    manifest.parent.mkdir(parents=True)
    layers = [
        {"mediaType": f"{OLLAMA}template", "digest": "sha256:t", "size": 3},
        {"mediaType": f"{OLLAMA}model", "digest": digest, "size": gguf.stat().st_size},
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "config": {}, "layers": layers}))
    return blob


def found(paths: Paths, home: Path) -> dict[str, str]:
    return {each.name: each.keeper for each in scan(paths, home)}


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_size) for p in sorted(folder.rglob("*"))}


def test_everything_is_found_once_and_left_alone(paths: Paths, user: Path, gguf: Path):
    blob = ollama(user, gguf, "library/qwen3/4b")
    hub = user / ".cache" / "huggingface" / "hub" / "models--org--Some-GGUF"
    put(gguf, hub / "blobs" / "0123")
    link = hub / "snapshots" / "rev1" / "some-Q8_0.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(hub / "blobs" / "0123")
    second = hub / "snapshots" / "rev2" / "some-Q8_0.gguf"
    second.parent.mkdir(parents=True)
    second.symlink_to(hub / "blobs" / "0123")
    put(
        gguf,
        user / ".lmstudio" / "models" / "org" / "repo" / "lm.gguf",
        user / ".lmstudio" / "models" / "org" / "repo" / "mmproj-lm.gguf",
        user / ".cache" / "llama.cpp" / "org_model.gguf",
        user / ".local" / "share" / "Jan" / "data" / "llamacpp" / "models" / "j" / "model.gguf",
        paths.models_dir / "org--mine" / "mine.gguf",
    )
    before = snapshot(user)
    assert found(paths, user) == {
        "org--mine/mine": "reverie",
        "qwen3:4b": "ollama",
        "org/repo/lm": "lm-studio",
        "org/Some-GGUF/some-Q8_0": "hugging-face",
        "org_model": "llama.cpp",
        "j/model": "jan",
    }
    for each in scan(paths, user):
        row = appraise(each)
        assert (row["arch"], row["chats"], row["learns"], row["why"]) == ("llama", True, True, None)
    (from_ollama,) = [each for each in scan(paths, user) if each.keeper == "ollama"]
    assert from_ollama.path == blob
    assert snapshot(user) == before


def test_the_places_can_be_moved(
    paths: Paths, user: Path, gguf: Path, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = user / "elsewhere"
    put(gguf, elsewhere / "cache" / "a.gguf")
    monkeypatch.setenv("LLAMA_CACHE", str(elsewhere / "cache"))
    ollama(elsewhere, gguf, "someone/theirs/latest")
    monkeypatch.setenv("OLLAMA_MODELS", str(elsewhere / ".ollama" / "models"))
    put(gguf, elsewhere / "hub" / "models--o--n" / "snapshots" / "r" / "h.gguf")
    monkeypatch.setenv("HF_HOME", str(elsewhere))
    put(gguf, elsewhere / "studio" / "models" / "s.gguf")
    (user / ".lmstudio-home-pointer").write_text(f"{elsewhere / 'studio'}\n")
    assert found(paths, user) == {
        "a": "llama.cpp",
        "someone/theirs:latest": "ollama",
        "o/n/h": "hugging-face",
        "s": "lm-studio",
    }


def test_one_that_disappears_is_left_out(paths: Paths, user: Path, gguf: Path):
    ollama(user, gguf, "library/gone/latest").unlink()
    manifest = user / ".ollama" / "models" / "manifests" / "registry.example" / "library"
    (manifest / "half").mkdir()
    (manifest / "half" / "pulled").write_text("{")
    dangling = user / ".cache" / "llama.cpp" / "dangling.gguf"
    dangling.parent.mkdir(parents=True)
    dangling.symlink_to(user / "nowhere")
    assert scan(paths, user) == []
    put(gguf, user / ".cache" / "llama.cpp" / "here.gguf")
    (here,) = scan(paths, user)
    here.path.unlink()
    assert appraise(here)["why"] == "it has just disappeared"


def test_what_cannot_be_used_says_why(paths: Paths, user: Path, gguf: Path):
    cache = user / ".cache" / "llama.cpp"
    put(gguf, cache / "cut.gguf")
    os.truncate(cache / "cut.gguf", 2000)
    (cache / "no.gguf").write_bytes(b"no model at all")
    rows = {each.name: appraise(each) for each in scan(paths, user)}
    assert "truncated" in rows["cut"]["why"]
    assert rows["no"]["why"] == "no.gguf is not a GGUF file"
    assert not any(row["chats"] or row["learns"] for row in rows.values())


def test_of_a_model_in_parts_only_the_first_is_shown(paths: Paths, user: Path, gguf: Path):
    for part in (1, 2):
        put(gguf, user / ".cache" / "llama.cpp" / f"big-0000{part}-of-00002.gguf")
    assert list(found(paths, user)) == ["big-00001-of-00002"]


def test_a_model_is_used_by_its_name_and_where_it_lies(paths: Paths, user: Path, gguf: Path):
    blob = ollama(user, gguf, "library/qwen3/4b")
    before = snapshot(user)
    assert run(["models", "use", "qwen3:4b"]) == 0
    assert load(paths).model.path == str(blob)
    assert snapshot(user) == before
    assert list(paths.data_dir.rglob("*.gguf")) == []
    blob.unlink()
    with pytest.raises(ReverieError, match="does not exist") as error:
        base.locate(load(paths))
    assert str(blob) in error.value.message
    assert "models scan" in error.value.hint


def test_a_name_that_two_have_is_not_guessed(
    paths: Paths, user: Path, gguf: Path, capsys: pytest.CaptureFixture[str]
):
    places = [user / ".lmstudio" / "models" / "m.gguf", user / ".cache" / "llama.cpp" / "m.gguf"]
    put(gguf, *places)
    assert run(["models", "use", "m"]) == 2
    said = capsys.readouterr().err
    assert all(str(place) in said for place in places)


def test_the_command(user: Path, gguf: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "scan"]) == 0
    assert "models pull" in capsys.readouterr().err
    blob = ollama(user, gguf, "library/qwen3/4b")
    assert run(["models", "scan", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["path"], row["bytes"]) == ("qwen3:4b", str(blob), gguf.stat().st_size)
    assert run(["models", "scan"]) == 0
    assert "chat and sleep" in capsys.readouterr().out
