"""Which device a night trains on, and in which precision it computes there."""

from __future__ import annotations

import ctypes
import sys
import time
from functools import cache
from typing import Final

import torch

_TRIM_THRESHOLD: Final = -1  # of glibc's mallopt
_MMAP_THRESHOLD: Final = -3
_NEVER: Final = 2**31 - 1
_TRIED: Final = 12
_LEAST_TRIED: Final = 3
_LONG: Final = 0.2  # seconds of products that are enough to compare two types by


def keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next tensor, until this process ends.

    By default glibc gives every large block back at once, and a training step spends a tenth of its
    time on pages that the system hands out anew, empty. Other C libraries are left alone.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    for parameter in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
        mallopt(parameter, _NEVER)


def best_device() -> torch.device:
    """An NVIDIA or AMD GPU (ROCm calls itself cuda), an Intel one, Apple's, or else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.xpu.is_available():
        return torch.device("xpu")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def bytes_of_each(device: torch.device, *, whole: bool = False) -> tuple[int, ...]:
    """Free bytes of every GPU of this kind; `whole`: all that it has."""
    known = torch.get_device_module(device)
    return tuple(known.mem_get_info(n)[int(whole)] for n in range(known.device_count()))


def working_dtype(device: torch.device) -> torch.dtype:
    """What weights and activations are held in: bfloat16 where the device is made for it.

    Half precision (float16) is never taken: it needs its losses scaled, and float32 does not.
    """
    if device.type == "cpu":
        return fastest_dtype()
    if device.type == "xpu":
        return torch.bfloat16
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float32


@cache
def fastest_dtype() -> torch.dtype:
    """float32, or bfloat16 where this processor multiplies it at least 1.3 times as fast.

    Tried on one thread: several that wait for each other on a busy machine would measure that. And
    once in a process: a processor without bfloat16 takes a second for it.
    """

    def seconds(dtype: torch.dtype) -> float:
        a, b = torch.ones(512, 512, dtype=dtype), torch.ones(512, 512, dtype=dtype)
        taken: list[float] = []
        while len(taken) < _TRIED and (len(taken) < _LEAST_TRIED or sum(taken) < _LONG):
            started = time.perf_counter()
            a @ b
            taken.append(time.perf_counter() - started)
        return min(taken)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        faster = seconds(torch.float32) / seconds(torch.bfloat16)
    finally:
        torch.set_num_threads(threads)
    return torch.bfloat16 if faster >= 1.3 else torch.float32
