import json
import os
import shutil
from collections import namedtuple

import numpy as np
import pytest

from assistant.errors import ReverieError
from assistant.model_file import TRAINABLE, inspect
from sleep import weights
from sleep.files import sha256_file
from sleep.gguf_map import BLOCKS
from sleep.weights import ensure_training_weights
from tests.fixtures_gguf import ARCHITECTURES, BOS_ID, EOS_ID, PAD_ID, VOCAB_SIZE
from tests.sleep.examples import random_ids
from tests.sleep.logits import divergence, served_logits, torch_model, trained_logits


@pytest.mark.parametrize("quant", ["F32", "F16"])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_torch_computes_what_llama_cpp_computes(arch, quant, tiny_gguf, tmp_path):
    gguf = tiny_gguf(arch, quant)
    model = torch_model(ensure_training_weights(gguf, tmp_path))
    ids = random_ids(VOCAB_SIZE)  # longer than gemma's window
    served, trained = served_logits(gguf, ids), trained_logits(model, ids)
    # llama.cpp rounds activations to half precision when the weights are (and in gemma's GELU).
    limits = (1e-6, 5e-3) if quant == "F32" else (1e-5, 2e-2)
    assert divergence(trained, served) < limits[0]
    assert np.abs(trained - served).max() < limits[1]


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_family_is_known_to_chat_as_one_that_can_learn(arch, tiny_gguf):
    assert frozenset(BLOCKS) == TRAINABLE
    assert inspect(tiny_gguf(arch)).chat_only == ""


def test_special_tokens_come_from_the_file(tiny_gguf, tmp_path):
    config = torch_model(ensure_training_weights(tiny_gguf("llama"), tmp_path)).config
    assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (
        BOS_ID,
        EOS_ID,
        PAD_ID,
    )


def test_converted_once(tiny_gguf, tmp_path):
    folder = ensure_training_weights(tiny_gguf("qwen3"), tmp_path)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert ensure_training_weights(tiny_gguf("qwen3"), tmp_path) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    other = ensure_training_weights(tiny_gguf("qwen3", seed=1), tmp_path)
    assert other != folder


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_damaged_cache_is_made_again(name, damage, tiny_gguf, tmp_path):
    folder = ensure_training_weights(tiny_gguf("llama3"), tmp_path)
    file = folder / name
    whole = sha256_file(file)
    data = bytearray(file.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    elif damage == "truncate":
        file.write_bytes(data[: len(data) // 2])
    else:
        file.unlink()
    assert ensure_training_weights(tiny_gguf("llama3"), tmp_path) == folder
    assert sha256_file(file) == whole


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_private(tiny_gguf, tmp_path):
    folder = ensure_training_weights(tiny_gguf("llama3"), tmp_path / "base")
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600] * 3
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "base").stat().st_mode & 0o777 == 0o700


def test_big_models_are_bfloat16(tiny_gguf, tmp_path, monkeypatch):
    wide = ensure_training_weights(tiny_gguf("llama"), tmp_path / "wide")
    monkeypatch.setattr(weights, "_FLOAT32_UP_TO", 1000)
    narrow = ensure_training_weights(tiny_gguf("llama"), tmp_path / "narrow")
    assert json.loads((narrow / "config.json").read_text())["dtype"] == "bfloat16"
    expected = torch_model(wide).bfloat16().state_dict()
    for name, tensor in torch_model(narrow).state_dict().items():
        assert (tensor.bfloat16() == expected[name]).all(), name


def test_unknown_architecture_is_for_chat_only(tiny_gguf, tmp_path):
    strange = tmp_path / "strange.gguf"
    strange.write_bytes(tiny_gguf("qwen2").read_bytes().replace(b"qwen2", b"bloom"))
    with pytest.raises(ReverieError, match=r"'bloom'.*chatted with but\s+not trained"):
        ensure_training_weights(strange, tmp_path / "base")
    assert not list((tmp_path / "base").iterdir())


def test_rotary_frequencies_that_follow_no_rule(tiny_gguf, tmp_path):
    data = tiny_gguf("llama3").read_bytes()
    odd = tmp_path / "odd.gguf"
    factor = np.float32(32).tobytes()
    odd.write_bytes(data.replace(factor * 2, np.array([32, 31], np.float32).tobytes()))
    assert odd.read_bytes() != data
    with pytest.raises(ReverieError, match="rotary frequencies"):
        ensure_training_weights(odd, tmp_path / "base")


def test_no_room(tiny_gguf, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10, 10, 0))
    with pytest.raises(ReverieError, match="disk is full"):
        ensure_training_weights(tiny_gguf("llama"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_disk_runs_full_midway(tiny_gguf, tmp_path, monkeypatch):
    real = os.fsync
    calls = []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(ReverieError, match="disk is full"):
        ensure_training_weights(tiny_gguf("llama"), tmp_path)
    assert not list(tmp_path.iterdir())
