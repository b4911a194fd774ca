"""What this machine can do with the chosen model: chat, sleep on CPU or GPU, and for how long."""

from __future__ import annotations

import json
import os
import platform
import statistics
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import psutil

from assistant import base, night_process, settings, system
from assistant.doctor import Check
from assistant.errors import ReverieError
from assistant.hashes import model_sha256
from assistant.journal import Journal
from assistant.journal.nights import nights
from assistant.model_file import ModelInfo, inspect
from assistant.needs import NightMemory, chat_needs, night_disk, night_memory
from assistant.paths import Paths, make_private, write_atomic

_NIGHTS = 5
_MEASURING_S = 60.0
_FROM, _TO = 0.7, 2.0
"""An estimate of minutes as a range: less to learn than on an ordinary day, or a busy machine."""


def chat(paths: Paths) -> Check:
    """Whether the model fits into memory to be talked to."""
    info = _model(paths)
    needed, there = chat_needs(info).memory, psutil.virtual_memory().total
    if needed > there:
        found = f"no: {info.name} needs about {_gb(needed)} of memory and there are {_gb(there)}"
        return Check("chat", "fail", found, "Choose a smaller model: 'reverie models scan'.")
    return Check("chat", "ok", f"yes: {info.name} needs about {_gb(needed)} of {_gb(there)} memory")


def sleep_on_cpu(paths: Paths) -> Check:
    """Whether a night on the processor fits into memory and disk."""
    info = _model(paths)
    if info.chat_only:
        advice = "Choose another one: 'reverie models scan'."
        return Check("sleep_on_cpu", "warn", f"no, chat only: {info.chat_only}", advice)
    if find_spec("torch") is None:
        return Check("sleep_on_cpu", "fail", "no: torch is not installed", "pip install torch")
    try:
        night = night_memory(info.path)
    except ReverieError as error:
        advice = error.hint or "Choose another model: 'reverie models scan'."
        return Check("sleep_on_cpu", "warn", f"no: {error.message}", advice)
    if night.gpu:
        return Check("sleep_on_cpu", "ok", "not needed: nights run on the GPU")
    found, advice = _room(night)
    if advice:
        return Check("sleep_on_cpu", "warn", found, advice)
    converted = paths.weights_dir(model_sha256(info.path, paths)).is_dir()
    disk = night_disk(info, converted=converted)
    return Check("sleep_on_cpu", "ok", f"{found}, and {_gb(disk)} of disk")


def _room(night: NightMemory) -> tuple[str, str]:
    """Whether a night has the memory that it needs, and what to do where it has not."""
    takes = f"a night needs about {_gb(night.least if night.offer else night.usual)}"
    if night.offer:
        return f"no: {takes} of {night.where} and there are {_gb(night.there)}", night.offer
    return f"yes: {takes} of {_gb(night.there)} of {night.where}", ""


def sleep_on_gpu(paths: Paths) -> Check:
    """Whether there is a GPU, and whether what is installed can train on it."""
    gpus = _gpus()
    if not gpus:
        return Check("sleep_on_gpu", "ok", "no GPU was seen: nights run on the processor")
    seen = " and ".join(gpus)
    if not _torch_knows_gpus():
        found = f"no: there is {seen}, but torch is installed for the CPU only"
        return Check("sleep_on_gpu", "warn", found, "Install the build of torch for that GPU.")
    if find_spec("unsloth") is None:
        found = f"slowly: there is {seen}, but the fast engine is not installed"
        return Check("sleep_on_gpu", "warn", found, "pip install 'reverie[unsloth]'")
    info = _model(paths)
    try:
        night = night_memory(info.path) if info.trainable else None
    except ReverieError:
        night = None  # that the model cannot sleep is said above
    if night is None or not night.gpu:
        return Check("sleep_on_gpu", "ok", f"there is {seen}, and all that it needs")
    found, advice = _room(night)
    return Check("sleep_on_gpu", "warn" if advice else "ok", f"{found} ({seen})", advice)


def night(paths: Paths) -> Check:
    """How long a night takes: what the last ones took, and before the first one an estimate."""
    known = _reports(paths)
    if not known:
        return _first_night(paths)
    minutes = [float(report["minutes"]) for report in known]
    peak = max(float(report.get("memory_peak_mb", 0)) for report in known)
    last = "the last night" if len(known) == 1 else f"the last {len(known)} nights, at the median,"
    found = f"{last} took {statistics.median(minutes):.1f} minutes and up to {_gb(peak * 1e6)}"
    return Check("night", "ok", f"{found} of memory")


def _first_night(paths: Paths) -> Check:
    planned = settings.load(paths).sleep.minutes
    minutes = pace(paths)
    if minutes is None:
        unknown = f"not known before the first one; it plans to take {planned:g} minutes"
        return Check("night", "ok", unknown)
    low, high = _FROM * minutes, _TO * minutes
    found = f"the first one may take {low:.0f} to {high:.0f} minutes, by the speed of training"
    if low <= planned:
        return Check("night", "ok", found)
    advice = "Give it longer ('reverie config set sleep.minutes N') or choose a smaller model."
    return Check("night", "warn", f"{found}; it plans with {planned:g}", advice)


def pace(paths: Paths) -> float | None:
    """Minutes that a night should take here, measured once for a model; None where it cannot be."""
    model = base.locate(settings.load(paths))
    if find_spec("torch") is None:
        return None
    key = f"{model} {model.stat().st_size} {os.cpu_count()} {version('torch')}"
    kept = paths.cache_dir / "pace.json"
    try:
        found = json.loads(kept.read_text())
        if found["of"] == key:
            return float(found["minutes"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not measured yet, or not by this program
    ran = system.run(*night_process.command(["pace"]), seconds=_MEASURING_S)
    try:
        minutes = float(json.loads(ran.out)["minutes"])
    except (ValueError, KeyError, TypeError):
        return None
    make_private(paths.cache_dir)
    write_atomic(kept, json.dumps({"of": key, "minutes": minutes}))
    return minutes


def _reports(paths: Paths) -> list[dict[str, Any]]:
    if not paths.journal.exists():
        return []
    with Journal.open(paths.journal) as journal:
        reports = [each.report for each in nights(journal) if each.status in ("learned", "refused")]
    return [report for report in reports if report is not None][:_NIGHTS]


ABILITIES = (chat, sleep_on_cpu, sleep_on_gpu, night)
"""In the order in which people ask."""


def _model(paths: Paths) -> ModelInfo:
    return inspect(base.locate(settings.load(paths)))


def _gpus() -> list[str]:
    """Names of the GPUs that could train, as far as the system tells."""
    if system.platform() == "darwin":
        return ["Apple silicon"] if platform.machine() == "arm64" else []
    asked = ("--query-gpu=name,memory.total", "--format=csv,noheader")
    ran = system.run("nvidia-smi", *asked)
    return [line.strip() for line in ran.out.splitlines() if line.strip()] if not ran.code else []


def _torch_knows_gpus() -> bool:
    """From the name of the build, since loading torch takes seconds."""
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False


def _gb(count: float) -> str:
    return f"{count / 1e9:,.1f} GB"
