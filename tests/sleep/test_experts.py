import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assistant.errors import ReverieError
from sleep.experts import Expert, active_modules, delta, load_experts, save_experts

Q, UP = "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.up_proj"


def make(name: str, modules: Sequence[str] = (Q, UP), rank: int = 4, gate: float = 1.0) -> Expert:
    generator = torch.Generator().manual_seed(sum(name.encode()))
    tensors = {}
    for module in modules:
        tensors[f"{module}.A"] = torch.randn(rank, 12, generator=generator)
        tensors[f"{module}.B"] = torch.randn(20, rank, generator=generator)
    return Expert(name, level=1, night=3, rank=rank, alpha=8.0, gate=gate, tensors=tensors)


def same(one: Expert, other: Expert) -> bool:
    return (
        (one.id, one.level, one.night, one.rank, one.alpha, one.gate)
        == (other.id, other.level, other.night, other.rank, other.alpha, other.gate)
        and one.tensors.keys() == other.tensors.keys()
        and all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    )


def test_saved_and_loaded(tmp_path):
    path = tmp_path / "experts.safetensors"
    experts = [make("night-3"), make("a-week", rank=2, gate=0.5), make("night-1", [UP], gate=0)]
    save_experts(path, experts)
    loaded = load_experts(path)
    assert len(loaded) == 3
    assert all(same(*pair) for pair in zip(experts, loaded, strict=True))
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_experts(tmp_path):
    save_experts(tmp_path / "none", [])
    assert load_experts(tmp_path / "none") == []


def test_delta_is_the_gated_sum():
    one, two, shut = make("one"), make("two", [Q], gate=0.5), make("shut", gate=0)
    expected = 8 / 4 * one.tensors[f"{Q}.B"] @ one.tensors[f"{Q}.A"]
    expected += 0.5 * 8 / 4 * two.tensors[f"{Q}.B"] @ two.tensors[f"{Q}.A"]
    torch.testing.assert_close(delta([one, two, shut], Q), expected)
    assert delta([shut], Q) is None
    assert delta([one], "model.layers.7.mlp.up_proj") is None
    assert active_modules([two, shut]) == [Q]


def test_equal_experts_equal_bytes(tmp_path):
    """In another process too, where hash seeds differ."""
    save_experts(tmp_path / "here", [make("one"), make("two")])
    script = (
        "from pathlib import Path\nfrom sleep.experts import *\n"
        f"save_experts(Path(r'{tmp_path / 'there'}'), load_experts(Path(r'{tmp_path / 'here'}')))"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root)
    assert (tmp_path / "here").read_bytes() == (tmp_path / "there").read_bytes()


@pytest.mark.parametrize("damage", ["truncated", "foreign", "future", "shape", "missing"])
def test_unreadable_files_are_refused(damage, tmp_path):
    path = tmp_path / "experts.safetensors"
    save_experts(path, [make("one")])
    data = path.read_bytes()
    if damage == "truncated":
        path.write_bytes(data[:-10])
    elif damage == "foreign":
        save_file({"x": torch.zeros(2)}, path)
    elif damage == "future":
        path.write_bytes(data.replace(rb"{\"format\":1", rb"{\"format\":9"))
    elif damage == "shape":
        path.write_bytes(data.replace(rb"\"rank\":4", rb"\"rank\":5"))
    else:
        path.unlink()
    with pytest.raises(ReverieError, match=r"experts\.safetensors"):
        load_experts(path)


def test_wrong_shapes_and_ids_are_refused_at_birth():
    with pytest.raises(ValueError, match="rank 3"):
        Expert("x", 1, 1, 3, 1.0, 1.0, make("x").tensors)
    with pytest.raises(ValueError, match="'/'"):
        make("a/b")
