"""`reverie bench`: run a benchmark of the sleep method, or go on with one, and write its table."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

from assistant import base
from assistant import settings as settings_
from assistant.errors import UsageError_
from assistant.exit_codes import ExitCode
from assistant.paths import Paths
from sleep.bench.arms import ARMS
from sleep.bench.runs import Name, machine, plan, run, stamp
from sleep.bench.tables import write
from sleep.files import sha256_file


def bench(
    name: Name,
    *,
    data: Path,
    out: Path,
    arms: str,
    minutes: float,
    nights: int,
    passages: int,
    every: int,
    passes: float | None = None,
    results: Path | None = None,
) -> int:
    """Run what of it is not done yet in `out`, and write the table to `results`.

    Without `results` that is `out` as well; the table's path goes to stdout.
    """
    unknown = [arm for arm in arms.split(",") if arm not in ARMS]
    if unknown:
        raise UsageError_(f"There is no arm '{unknown[0]}'", f"There are: {', '.join(ARMS)}.")
    settings = settings_.load(Paths.resolve())
    model = base.locate(settings)
    what = plan(name, folder=data, nights=nights, passages=passages, minutes=minutes, every=every)
    if passes is not None:
        what = replace(what, passes=passes)
    found = run(what, [ARMS[arm] for arm in arms.split(",")], model, settings, out)
    head = [
        f"command: `reverie {shlex.join(_said())}`",
        f"machine: {machine()}; {stamp()}",
        f"model: {model.name}, SHA-256 {sha256_file(model)[:16]}",
        f"a night may take {minutes:g} minutes"
        + (f" and {passes:g} passes over its lessons" if passes is not None else ""),
    ]
    print(write(name, found, results or out, head))
    return ExitCode.DONE


def _said() -> list[str]:
    """The command as it was given, without the folders of this machine."""
    return [Path(word).name if word.startswith("/") else word for word in sys.argv[1:]]
