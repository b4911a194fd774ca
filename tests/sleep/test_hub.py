"""Published weights: taken where they are the file's own, whatever it is called; else not."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from assistant.origins import begun_without
from assistant.paths import Paths
from sleep import hub
from sleep.engines import TrainingFolder
from sleep.engines.peft import PeftEngine
from sleep.files import sha256_file
from sleep.weights import ensure_training_weights, stored
from tests.fixtures_gguf import make_tiny_gguf
from tests.sleep.logits import torch_model, trained_logits
from tests.sleep.teaching import random_expert

REPOSITORY = "somebody/Tiny-1"
IDS = list(range(3, 40))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub's library."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def made(folder: Path, arch: str, quant: str, seed: int = 0) -> Path:
    address = f"https://huggingface.co/{REPOSITORY}"
    return make_tiny_gguf(arch, folder / f"{arch}-{quant}.gguf", seed, quant, address)


def weights(folder: Path, arch: str, seed: int = 0) -> dict[str, Tensor]:
    """What the makers of such a model would have published: its 16-bit weights."""
    gguf = make_tiny_gguf(arch, folder / f"source-{arch}-{seed}.gguf", seed)
    converted = load_file(ensure_training_weights(gguf, folder / "source") / "model.safetensors")
    # Norms are float32 in the file: published ones were, too.
    return {n: t.half() if t.ndim == 2 else t for n, t in converted.items()}


def publish(cache: Path, tensors: dict[str, Tensor], shards: int = 1) -> Path:
    folder = cache / "models--somebody--Tiny-1" / "snapshots" / "0123abc"
    folder.mkdir(parents=True)
    names = sorted(tensors)
    if shards == 1:
        save_file(tensors, folder / "model.safetensors")
        return folder
    placed: dict[str, str] = {}
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        part = {name: tensors[name] for name in names[number::shards]}
        save_file(part, folder / file)
        placed |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": placed}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def source(folder: Path) -> str:
    return str(json.loads((folder / "manifest.json").read_text())["source"])


@pytest.mark.parametrize(
    ("arch", "quant", "shards"),
    [
        *(("llama", "F16", 1), ("llama", "Q4_K_M", 3), ("mistral", "Q8_0", 1)),
        *(("gemma3", "Q5_0", 1), ("phi3", "Q6_K", 2), ("qwen2", "Q4_1", 1)),
    ],
)
def test_the_files_own_weights_are_linked_to(arch, quant, shards, cache, tmp_path):
    tensors = weights(tmp_path, arch)
    where = publish(cache, tensors | {"model.something_else": torch.zeros(2)}, shards)
    folder = ensure_training_weights(made(tmp_path, arch, quant), tmp_path / "base")
    assert source(folder) == REPOSITORY
    links = [path for path in folder.iterdir() if path.is_symlink()]
    assert sorted(path.resolve() for path in links) == sorted(where.glob("*.safetensors"))
    model = torch_model(folder)
    own = torch_model(ensure_training_weights(made(tmp_path, arch, "F16"), tmp_path / "other"))
    assert (trained_logits(model, IDS) == trained_logits(own, IDS)).all()
    for name, tensor in tensors.items():
        assert torch.equal(stored(folder, name), tensor)


def test_weights_that_were_pulled_are_found_as_well(cache, tmp_path):
    """Without an index beside them: each file says itself what it holds."""
    where = publish(cache, weights(tmp_path, "llama"), shards=2)
    (where / "model.safetensors.index.json").unlink()
    pulled = Paths.resolve().make().pulled_dir(REPOSITORY)
    pulled.parent.mkdir()
    where.rename(pulled)
    folder = ensure_training_weights(made(tmp_path, "llama", "Q8_0"), tmp_path / "base")
    assert source(folder) == REPOSITORY
    links = [path.resolve() for path in folder.iterdir() if path.is_symlink()]
    assert sorted(links) == sorted(pulled.glob("*.safetensors"))
    torch_model(folder)


def test_weights_that_come_after_the_first_night_are_not_taken_up(cache, tmp_path, paths, journal):
    """What its nights learned was learned on what is in the file; who fetches others is told."""
    tensors = weights(tmp_path, "llama")
    gguf = made(tmp_path, "llama", "Q8_0")
    with journal.writing() as db:
        sql = "INSERT INTO bases (sha256, path, served, used) VALUES (?, ?, 0, 'now')"
        db.execute(sql, [sha256_file(gguf), str(gguf)])
    assert begun_without(REPOSITORY, paths, journal) == []
    folder = ensure_training_weights(gguf, paths.base_dir)
    before = load_file(folder / "model.safetensors")
    publish(cache, tensors)
    assert ensure_training_weights(gguf, paths.base_dir) == folder
    after = load_file(folder / "model.safetensors")
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items())
    assert begun_without(REPOSITORY, paths, journal) == [gguf]
    assert begun_without("somebody/Tiny-2", paths, journal) == []

    shutil.rmtree(folder)  # as if there had been no night
    ensure_training_weights(gguf, paths.base_dir)
    assert source(folder) == REPOSITORY
    assert begun_without(REPOSITORY, paths, journal) == []


def test_an_engine_on_published_weights(cache, tmp_path):
    publish(cache, weights(tmp_path, "llama"), shards=2)
    folder = ensure_training_weights(made(tmp_path, "llama", "Q4_0"), tmp_path / "base")
    engine = PeftEngine(TrainingFolder(folder, (), 1))
    engine.grow(rank=2, alpha=4.0, first_layer=1, seed=0)
    expert = random_expert(engine, "e", 1)
    before = {name: p.clone() for name, p in engine._model.named_parameters()}
    engine.gate([expert])
    changed = [n for n, p in engine._model.named_parameters() if not torch.equal(p, before[n])]
    assert len(changed) == len(expert.modules)


@pytest.mark.parametrize("quant", ["Q8_0", "Q4_K_M"])
@pytest.mark.parametrize("change", ["another", "tuned", "norm", "shape", "missing", "damaged"])
def test_what_only_has_the_name_is_not_taken(change, quant, cache, tmp_path):
    tensors = weights(tmp_path, "llama", seed=1 if change == "another" else 0)
    generator = torch.Generator().manual_seed(0)
    for name, tensor in tensors.items():
        if change == "tuned" and name.endswith("_proj.weight"):  # as an adapter of rank 8 does
            a = torch.randn(8, tensor.shape[1], generator=generator)
            b = torch.randn(tensor.shape[0], 8, generator=generator)
            size = 0.007 * tensor.float().std() / (b @ a).std()
            tensors[name] = (tensor.float() + size * (b @ a)).half()
    if change == "norm":
        tensors["model.layers.1.input_layernorm.weight"] *= 1.01
    if change == "shape":
        tensors["model.embed_tokens.weight"] = torch.zeros(500, 256, dtype=torch.float16)
    if change == "missing":
        del tensors["model.layers.1.mlp.up_proj.weight"]
    where = publish(cache, tensors)
    if change == "damaged":
        (where / "model.safetensors").write_bytes(b"half a download")
    folder = ensure_training_weights(made(tmp_path, "llama", quant), tmp_path / "base")
    assert source(folder) == "gguf"
    assert not any(path.is_symlink() for path in folder.iterdir())


def test_a_cache_that_goes_away_is_no_loss(cache, tmp_path):
    where = publish(cache, weights(tmp_path, "llama"))
    gguf = made(tmp_path, "llama", "Q8_0")
    folder = ensure_training_weights(gguf, tmp_path / "base")
    assert source(folder) == REPOSITORY
    (where / "model.safetensors").unlink()
    assert ensure_training_weights(gguf, tmp_path / "base") == folder
    assert source(folder) == "gguf"
    torch_model(folder)


def test_files_that_name_nothing_ask_for_nothing(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "cache", lambda: pytest.fail("looked for"))
    gguf = make_tiny_gguf("llama", tmp_path / "plain.gguf")
    assert source(ensure_training_weights(gguf, tmp_path / "base")) == "gguf"


def test_where_the_hubs_library_keeps_things(monkeypatch, tmp_path):
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert hub.cache() == tmp_path / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert hub.cache() == tmp_path / "x" / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", str(tmp_path / "h"))
    assert hub.cache() == tmp_path / "h" / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "c"))
    assert hub.cache() == tmp_path / "c"
