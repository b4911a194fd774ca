"""Which device and precision a night takes, on machines that are made up."""

import platform
import subprocess
import sys

import pytest
import torch

from sleep.engines.device import best_device, fastest_dtype, working_dtype
from sleep.engines.packing import pack
from tests.sleep.examples import random_examples


def machine(monkeypatch: pytest.MonkeyPatch, *kinds: str, bfloat16: bool = True) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: "cuda" in kinds)
    monkeypatch.setattr("torch.xpu.is_available", lambda: "xpu" in kinds)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: "mps" in kinds)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda **_: bfloat16)


@pytest.mark.parametrize(
    ("kinds", "bfloat16", "device", "dtype"),
    [
        (("cuda",), True, "cuda", torch.bfloat16),
        (("cuda",), False, "cuda", torch.float32),
        (("xpu",), True, "xpu", torch.bfloat16),
        (("mps",), True, "mps", torch.float32),
        (("cuda", "xpu"), True, "cuda", torch.bfloat16),
    ],
)
def test_devices(kinds, bfloat16, device, dtype, monkeypatch):
    machine(monkeypatch, *kinds, bfloat16=bfloat16)
    assert best_device() == torch.device(device)
    assert working_dtype(best_device()) is dtype


def test_without_any_the_cpu_in_what_it_multiplies_fastest(monkeypatch):
    machine(monkeypatch)
    assert best_device().type == "cpu"
    for fastest in (torch.float32, torch.bfloat16):
        monkeypatch.setattr("sleep.engines.device.fastest_dtype", lambda found=fastest: found)
        assert working_dtype(best_device()) is fastest


def test_the_types_are_compared_once_in_a_process(monkeypatch):
    """A processor without bfloat16 takes a second for it, and a night opens several engines."""
    found = fastest_dtype()
    monkeypatch.setattr("torch.ones", lambda *_, **__: pytest.fail("compared again"))
    assert fastest_dtype() is found


def test_a_row_goes_to_the_device_as_a_whole():
    moved = pack(random_examples([5, 6, 7], [(4, 2), (3, 3)]), [5, 6, 7]).to(torch.device("meta"))
    tensors = (moved.tokens, moved.positions, moved.answers)
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert moved.spans == [(3, 8), (8, 13)]


_KEPT = """
import ctypes, torch
from sleep.engines.device import keep_freed_memory

class Counts(ctypes.Structure):
    _fields_ = [(str(number), ctypes.c_size_t) for number in range(10)]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Counts
keep_freed_memory()
torch.ones(2**24)
print(getattr(mallinfo2(), "8"))  # bytes that are free and not given back
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc gives freed memory back")
def test_freed_memory_is_kept_for_the_next_tensor():
    run = subprocess.run([sys.executable, "-c", _KEPT], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 2**26  # bytes of the tensor that was let go
