"""Base model plus experts into the one GGUF that is served.

The base is streamed: a tensor that no expert changes keeps its bytes and its type; a changed one is
dequantized, added to in full precision and quantized once, into the type that `sleep.plan` found
for it. Metadata (tokenizer, chat template and all) is copied as bytes. The same inputs give the
same file, bit for bit, so old generations can be pruned and rebuilt.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import msgspec
from gguf import GGML_QUANT_SIZES, LlamaFileType
from gguf import GGMLQuantizationType as Kind

from sleep.experts import Expert
from sleep.files import replacing, require_space, sha256_file
from sleep.gguf_file import GgufFile, TensorInfo, header, padded
from sleep.grid import CANDIDATES, Tally, Trial, sample_rows, stored_as, try_kind
from sleep.merge import Change, changes, merged_rows, slabs
from sleep.plan import choose, forced, kind_named
from sleep.quantize import FLOAT_KINDS

MAX_GROWTH: Final = 1.15
"""The exported file may be this much larger than the base's."""

_QUANTIZATION_VERSION: Final = 2
_FILE_TYPES: Final = {
    Kind.F32: LlamaFileType.ALL_F32,
    Kind.F16: LlamaFileType.MOSTLY_F16,
    Kind.BF16: LlamaFileType.MOSTLY_BF16,
    Kind.Q8_0: LlamaFileType.MOSTLY_Q8_0,
    Kind.Q6_K: LlamaFileType.MOSTLY_Q6_K,
    Kind.Q5_K: LlamaFileType.MOSTLY_Q5_K_M,
    Kind.Q5_1: LlamaFileType.MOSTLY_Q5_1,
    Kind.Q5_0: LlamaFileType.MOSTLY_Q5_0,
    Kind.Q4_K: LlamaFileType.MOSTLY_Q4_K_M,
    Kind.Q4_1: LlamaFileType.MOSTLY_Q4_1,
    Kind.Q4_0: LlamaFileType.MOSTLY_Q4_0,
    Kind.Q3_K: LlamaFileType.MOSTLY_Q3_K_M,
}


class Candidate(msgspec.Struct, frozen=True):
    """A type that was tried on the tensors which the base holds in `base_type`."""

    base_type: str
    type: str
    survival: float
    error: float
    """Root mean square of the rounding error, relative to the weights."""


class ExportReport(msgspec.Struct, frozen=True):
    """What an export wrote, and how much of the change is in it."""

    path: str
    sha256: str
    file_bytes: int
    base_bytes: int
    changed: int
    """Tensors that an expert changes."""
    types: dict[str, int]
    """Type -> how many of the changed tensors are stored so."""
    change: float
    """Size of the change, relative to the weights it is added to."""
    survival: float
    """Share of the change that is in the file, measured by reading it back (see sleep.grid)."""
    worst_survival: float
    worst_tensor: str
    error: float
    """Root mean square of the rounding error, relative to the weights."""
    candidates: list[Candidate]
    seconds: float

    @property
    def growth(self) -> float:
        """Size of the file relative to the base's."""
        return self.file_bytes / self.base_bytes


def export(
    base_gguf: Path,
    experts: Sequence[Expert],
    out: Path,
    *,
    ftype: str | None = None,
    n_threads: int = 1,
) -> ExportReport:
    """Write base + experts to `out`, which appears whole (0600, synced to disk) or not at all.

    `ftype` names one tensor type for everything that changed ("F16", "Q5_1", ...); without it the
    best types that keep the file below `MAX_GROWTH` times the base are found by measurement.
    Raises ReverieError for experts of another model, unreadable files and a full disk.
    """
    started = time.monotonic()
    base = GgufFile(base_gguf)
    changed = changes(base, experts)
    trials: list[Trial] = []
    if ftype is None:
        trials = [try_kind(base, changed, kind) for kind in CANDIDATES]
        plan = choose(base, changed, trials, _budget(base, changed))
    else:
        plan = forced(changed, base, kind_named(ftype))
    _write(base, changed, plan, out, n_threads)
    tallies = _read_back(base, changed, out)
    total = Tally()
    for tally in tallies.values():
        total.absorb(tally)
    worst = min(tallies, key=lambda name: tallies[name].survival, default="")
    return ExportReport(
        path=str(out),
        sha256=sha256_file(out),
        file_bytes=out.stat().st_size,
        base_bytes=base.file_bytes,
        changed=len(changed),
        types=dict(sorted(Counter(kind.name for kind in plan.values()).items())),
        change=total.relative_change,
        survival=total.survival,
        worst_survival=tallies[worst].survival if worst else 1.0,
        worst_tensor=worst,
        error=total.relative_error,
        candidates=_candidates(trials),
        seconds=time.monotonic() - started,
    )


def _budget(base: GgufFile, changed: Mapping[str, Change]) -> int:
    """Bytes that the changed tensors may take together."""
    kept = sum(
        padded(tensor.nbytes, base.alignment)
        for name, tensor in base.tensors.items()
        if name not in changed
    )
    numbers = _numbers(Kind.F32)  # which type does not matter for the size
    front = len(header(base, numbers, list(base.tensors.values())))
    return int(MAX_GROWTH * base.file_bytes) - kept - front


def _write(
    base: GgufFile, changed: Mapping[str, Change], plan: Mapping[str, Kind], out: Path, threads: int
) -> None:
    tensors = [replace(t, type=plan.get(name, t.type)) for name, t in base.tensors.items()]
    numbers = _numbers(_main_kind(tensors)) if changed else {}
    front = header(base, numbers, tensors)
    purpose = "the new model"
    total = len(front) + sum(padded(tensor.nbytes, base.alignment) for tensor in tensors)
    require_space(out.parent, total, purpose)
    with replacing(out, purpose) as file:
        file.write(front)
        for tensor in tensors:
            change = changed.get(tensor.name)
            if change is None:
                file.write(base.raw(tensor.name).data)
            else:
                _write_changed(file, base, change, tensor, threads)
            file.write(bytes(padded(tensor.nbytes, base.alignment) - tensor.nbytes))


def _write_changed(
    file: IO[bytes], base: GgufFile, change: Change, target: TensorInfo, threads: int
) -> None:
    for slab in slabs(base, change):
        stored = stored_as(slab, change.tensor.type, target.type, threads)
        file.write(stored.data)


def _read_back(base: GgufFile, changed: Mapping[str, Change], out: Path) -> dict[str, Tally]:
    """Survival and error of some rows of every changed tensor, out of the file that was written."""
    written = GgufFile(out)
    tallies = {}
    for name, change in changed.items():
        rows = sample_rows(change.tensor)
        tallies[name] = Tally()
        tallies[name].add(
            stored=written.floats(name, rows),
            base=base.floats(name, rows),
            target=merged_rows(base, change, rows),
        )
    return tallies


def _numbers(main: Kind) -> dict[str, int]:
    """The metadata values that an export may set."""
    numbers = {"general.file_type": int(_FILE_TYPES[main])}
    if main not in FLOAT_KINDS:
        numbers["general.quantization_version"] = _QUANTIZATION_VERSION
    return numbers


def _main_kind(tensors: Sequence[TensorInfo]) -> Kind:
    """The type that most values are stored in, of those that a file can be named after."""
    values: Counter[Kind] = Counter()
    for tensor in tensors:
        if tensor.type in _FILE_TYPES:
            values[tensor.type] += tensor.elements
    return max(values, key=lambda kind: (values[kind], GGML_QUANT_SIZES[kind]))


def _candidates(trials: Sequence[Trial]) -> list[Candidate]:
    return [
        Candidate(base.name, trial.kind.name, tally.survival, tally.relative_error)
        for trial in trials
        for base, tally in trial.pooled.items()
    ]
