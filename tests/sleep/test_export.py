import os
import shutil
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Kind

from assistant.base import starter
from assistant.errors import ReverieError
from assistant.model_file import inspect
from sleep.experts import Expert, delta, save_experts
from sleep.export import MAX_GROWTH, export
from sleep.files import sha256_file
from sleep.gguf_file import GgufFile, header, padded
from sleep.gguf_map import tensor_map
from sleep.weights import ensure_training_weights
from tests.fixtures_gguf import ARCHITECTURES, VOCAB_SIZE, quantize
from tests.sleep.examples import random_ids
from tests.sleep.logits import divergence, served_logits, torch_model, trained_logits

IDS = random_ids(VOCAB_SIZE)


def random_expert(path: Path, size: float, seed: int = 0, rank: int = 8, name: str = "e") -> Expert:
    """Changes every linear of the model by `size`, relative to its weights."""
    base = GgufFile(path)
    names = tensor_map(base)
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for tensor in base.tensors.values():
        module = (names.module(tensor.name) or "").removesuffix(".weight")
        if not module.endswith("_proj"):
            continue
        a = torch.randn(rank, tensor.columns, generator=generator)
        b = torch.randn(tensor.rows, rank, generator=generator)
        weights = np.sqrt(np.square(base.floats(tensor.name)).mean())
        tensors[f"{module}.A"] = a
        tensors[f"{module}.B"] = b * size * float(weights) / (b @ a).square().mean().sqrt()
    return Expert(name, 1, 1, rank, alpha=2.0 * rank, gate=0.5, tensors=tensors)


def metadata(path: Path) -> dict[str, object]:
    return {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items()}


@pytest.mark.parametrize("quant", ["F16", "Q4_K_M"])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_without_experts_the_base_comes_out(arch, quant, tiny_gguf, tmp_path):
    base = tiny_gguf(arch, quant)
    report = export(base, [], tmp_path / "out.gguf")
    assert (report.changed, report.survival) == (0, 1.0)
    assert metadata(tmp_path / "out.gguf") == metadata(base)
    one, other = GgufFile(base), GgufFile(tmp_path / "out.gguf")
    assert one.tensors.keys() == other.tensors.keys()
    for name, tensor in one.tensors.items():
        assert other.tensors[name].type is tensor.type
        assert np.array_equal(other.raw(name), one.raw(name)), name
    served = served_logits(tmp_path / "out.gguf", IDS)
    assert np.array_equal(served, served_logits(base, IDS))


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_an_expert_does_the_same_in_torch_and_in_the_file(arch, tiny_gguf, tmp_path):
    base = tiny_gguf(arch, "F32")
    experts = [random_expert(base, 0.1), random_expert(base, 0.1, seed=1, rank=4, name="f")]
    out = tmp_path / "out.gguf"
    export(base, experts, out, ftype="F32")
    model = torch_model(ensure_training_weights(base, tmp_path))
    untouched = trained_logits(model, IDS)
    with torch.no_grad():
        for module in experts[0].modules:
            change = delta(experts, module)
            assert change is not None
            model.get_submodule(module).weight += change
    trained, served = trained_logits(model, IDS), served_logits(out, IDS)
    assert divergence(trained, served) < 1e-6
    assert divergence(untouched, served) > 1e-3  # it did change something
    export(base, experts, out, ftype="F16")
    assert divergence(trained, served_logits(out, IDS)) < 1e-4


def test_the_trap_and_the_way_around_it(tiny_gguf, tmp_path):
    """A small change forgotten on the base's own grid, and kept by what is chosen instead."""
    base = tiny_gguf("llama", "Q4_1")
    experts = [random_expert(base, 0.007)]
    forgetful = export(base, experts, tmp_path / "own.gguf", ftype="Q4_1")
    assert abs(forgetful.survival) < 0.2
    chosen = export(base, experts, tmp_path / "chosen.gguf")
    assert 0.8 < chosen.survival < 1.25
    assert chosen.growth <= MAX_GROWTH


@pytest.mark.parametrize("quant", ["Q4_0", "Q4_1", "Q4_K_M", "Q5_0", "Q5_1", "Q5_K_M", "Q6_K"])
def test_survives_on_every_base(quant, tiny_gguf, tmp_path):
    base = tiny_gguf("mistral", quant)
    report = export(base, [random_expert(base, 0.007)], tmp_path / "out.gguf")
    assert 0.8 < report.survival < 1.25
    assert report.growth <= MAX_GROWTH
    assert report.change == pytest.approx(0.007, rel=0.05)


def test_eight_bit_base_stays_eight_bit(tiny_gguf, tmp_path):
    """On a slightly wider grid: on its own, most of the change would be rounded away."""
    base = tiny_gguf("qwen3", "Q8_0")
    report = export(base, [random_expert(base, 0.001)], tmp_path / "out.gguf")
    assert report.types.keys() == {"Q8_0"}
    assert report.file_bytes == report.base_bytes
    assert report.error < 0.01
    assert 0.8 < report.survival < 1.25


@pytest.mark.parametrize("quant", ["F32", "F16"])
def test_floating_point_base_stays_so(quant, tiny_gguf, tmp_path):
    base = tiny_gguf("gemma3", quant)
    report = export(base, [random_expert(base, 0.007)], tmp_path / "out.gguf")
    assert report.types.keys() == {quant}
    assert report.survival == pytest.approx(1, abs=0.02)


def test_too_large_for_half_precision(tiny_gguf, tmp_path):
    base = tiny_gguf("llama3", "F16")
    expert = random_expert(base, 0.007)
    module = expert.modules[0]
    expert.tensors[f"{module}.B"][0] = 1e6
    report = export(base, [expert], tmp_path / "out.gguf")
    assert report.types == {"F16": 13, "F32": 1}


def test_stored_as_llama_cpp_would_store_it(tiny_gguf, tmp_path):
    """Same bytes as llama_model_quantize of the merged full-precision file."""
    base = tiny_gguf("qwen2", "F32")
    experts = [random_expert(base, 0.05)]
    export(base, experts, tmp_path / "full.gguf", ftype="F32")
    for name, kind in (("Q5_0", Kind.Q5_0), ("Q6_K", Kind.Q6_K)):
        quantize(tmp_path / "full.gguf", tmp_path / "theirs.gguf", name)
        export(base, experts, tmp_path / "ours.gguf", ftype=name, n_threads=2)
        ours, theirs = GgufFile(tmp_path / "ours.gguf"), GgufFile(tmp_path / "theirs.gguf")
        compared = [t for t in theirs.tensors.values() if "blk" in t.name and t.type is kind]
        assert len(compared) == 21
        for tensor in compared:
            assert np.array_equal(ours.raw(tensor.name), theirs.raw(tensor.name)), tensor.name


def test_what_no_expert_changes_keeps_its_bytes(tiny_gguf, tmp_path):
    base = tiny_gguf("llama", "Q4_K_M")
    expert = random_expert(base, 0.007)
    tensors = {n: t for n, t in expert.tensors.items() if ".layers.2." in n and "_proj" in n}
    upper = Expert("upper", 1, 1, expert.rank, expert.alpha, 1.0, tensors)
    out = tmp_path / "out.gguf"
    report = export(base, [upper], out)
    assert report.changed == 7
    one, other = GgufFile(base), GgufFile(out)
    for name, tensor in one.tensors.items():
        if not name.startswith("blk.2.") or "norm" in name:
            assert other.tensors[name].type is tensor.type
            assert np.array_equal(other.raw(name), one.raw(name)), name
    assert inspect(out).chat_template == inspect(base).chat_template
    served_logits(out, IDS)


def test_metadata_is_copied(tiny_gguf, tmp_path):
    base = tiny_gguf("llama", "Q4_1")
    export(base, [random_expert(base, 0.007)], tmp_path / "out.gguf", ftype="Q8_0")
    before, after = metadata(base), metadata(tmp_path / "out.gguf")
    assert after.pop("general.file_type") == gguf.LlamaFileType.MOSTLY_Q8_0
    before.pop("general.file_type")
    assert after == before


def test_quantization_version_is_added_where_it_was_missing(tiny_gguf, tmp_path):
    base = tiny_gguf("llama3", "F16")
    assert "general.quantization_version" not in metadata(base)
    export(base, [random_expert(base, 0.007)], tmp_path / "out.gguf", ftype="Q6_K")
    assert metadata(tmp_path / "out.gguf")["general.quantization_version"] == 2
    served_logits(tmp_path / "out.gguf", IDS)


def test_same_inputs_same_bytes(tiny_gguf, tmp_path):
    """Whatever the number of threads, and in another process."""
    base = tiny_gguf("phi3", "Q4_K_M")
    experts = [random_expert(base, 0.007), random_expert(base, 0.01, seed=2, name="f")]
    save_experts(tmp_path / "experts", experts)
    one = export(base, experts, tmp_path / "one.gguf", n_threads=1)
    two = export(base, experts, tmp_path / "two.gguf", n_threads=3)
    script = (
        "from pathlib import Path; from sleep.experts import load_experts\n"
        "from sleep.export import export\n"
        f"export(Path({str(base)!r}), load_experts(Path({str(tmp_path / 'experts')!r})), "
        f"Path({str(tmp_path / 'three.gguf')!r}))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])
    assert one.sha256 == two.sha256 == sha256_file(tmp_path / "three.gguf")


def test_shut_gates_change_nothing(tiny_gguf, tmp_path):
    base = tiny_gguf("llama", "Q4_1")
    expert = random_expert(base, 0.1)
    shut = Expert("shut", 1, 1, expert.rank, expert.alpha, 0.0, expert.tensors)
    assert export(base, [shut], tmp_path / "out.gguf").changed == 0


def test_experts_of_another_model_are_refused(tiny_gguf, tmp_path):
    base = tiny_gguf("llama")
    for other, reason in (("mistral", "does|is"), ("phi3", "does not have"), ("gemma3", "model")):
        with pytest.raises(ReverieError, match=reason):
            export(base, [random_expert(tiny_gguf(other), 0.01)], tmp_path / "out.gguf")
    broken = random_expert(base, 0.01)
    broken.tensors[f"{broken.modules[0]}.B"][0, 0] = float("nan")
    with pytest.raises(ReverieError, match="not finite"):
        export(base, [broken], tmp_path / "out.gguf")
    with pytest.raises(ReverieError, match="IQ1_S"):
        export(base, [], tmp_path / "out.gguf", ftype="IQ1_S")
    assert not list(tmp_path.iterdir())


def test_no_room(tiny_gguf, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10, 10, 10))
    with pytest.raises(ReverieError, match=r"disk is full: no room for the new model"):
        export(tiny_gguf("llama"), [], tmp_path / "out.gguf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_ends_midway(failure, tiny_gguf, tmp_path, monkeypatch):
    """The old file stays as it was, and nothing else is left."""
    out = tmp_path / "out.gguf"
    out.write_bytes(b"old")

    def fsync(descriptor):
        raise failure

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises((ReverieError, KeyboardInterrupt)):
        export(tiny_gguf("llama"), [], out)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_private(tiny_gguf, tmp_path):
    export(tiny_gguf("llama"), [], tmp_path / "out.gguf")
    assert (tmp_path / "out.gguf").stat().st_mode & 0o777 == 0o600


def test_an_immeasurably_small_change_does_not_spoil_the_file(tiny_gguf, tmp_path):
    """Rounding noise hides what survives of it: no reason to fall back on a coarser type."""
    base = tiny_gguf("llama", "Q4_1")
    usual = export(base, [random_expert(base, 0.007)], tmp_path / "usual.gguf")
    tiny = export(base, [random_expert(base, 1e-5)], tmp_path / "tiny.gguf")
    assert tiny.error < 1.1 * usual.error


def dequantized(path: Path, out: Path) -> Path:
    """The same model all in float32, so that llama.cpp rounds no activations either."""
    base = GgufFile(path)
    with out.open("wb") as file:
        wide = [replace(tensor, type=Kind.F32) for tensor in base.tensors.values()]
        file.write(header(base, {}, wide))
        for tensor in wide:
            file.write(base.floats(tensor.name).tobytes())
            file.write(bytes(padded(tensor.nbytes, base.alignment) - tensor.nbytes))
    return out


@pytest.mark.starter
def test_starter(tmp_path):
    """Torch computes what the served starter computes; what is learned survives in its file."""
    base = starter()
    model = torch_model(ensure_training_weights(base, tmp_path))
    ids = random_ids(GgufFile(base).tensors["token_embd.weight"].rows, count=48)
    everywhere = random_expert(base, 0.007, rank=16)
    with torch.no_grad():
        for module in everywhere.modules:
            model.get_submodule(module).weight += everywhere.delta(module)
    full = dequantized(base, tmp_path / "full.gguf")
    export(full, [everywhere], tmp_path / "merged.gguf", ftype="F32")
    served = served_logits(tmp_path / "merged.gguf", ids)
    assert divergence(trained_logits(model, ids), served) < 1e-6
    tensors = {n: t for n, t in everywhere.tensors.items() if int(n.split(".")[2]) >= 12}
    upper = Expert("upper", 1, 1, 16, everywhere.alpha, everywhere.gate, tensors)
    report = export(base, [upper], tmp_path / "chosen.gguf")
    assert 0.8 < report.survival < 1.25
    assert report.growth <= MAX_GROWTH
    forgetful = export(base, [upper], tmp_path / "own.gguf", ftype="Q4_1")
    assert abs(forgetful.survival) < 0.2
