"""Checks that every installed package is whole: each file it lists is there, in full.

Run with the environment's own Python. An install that was killed may leave a package half copied,
which pip then takes for installed. With `--repair` the registration of such a package is taken out,
so that pip installs it again; without, each one is named and the exit code is 1.
"""

from __future__ import annotations

import csv
import shutil
import sys
import sysconfig
from pathlib import Path


def is_whole(registration: Path) -> bool:
    """True if every file listed in the RECORD of this dist-info folder has its listed size."""
    record = registration / "RECORD"
    if not record.is_file():
        return False
    with record.open(newline="", encoding="utf-8") as lines:
        for name, _hash, size in csv.reader(lines):
            if not size:
                continue  # compiled files and RECORD itself are listed without size
            file = registration.parent / name
            if not file.is_file() or file.stat().st_size != int(size):
                return False
    return True


def damaged(packages: Path) -> list[Path]:
    """The dist-info folders of `packages` (a site-packages folder) that are not whole."""
    return [folder for folder in sorted(packages.glob("*.dist-info")) if not is_whole(folder)]


def main(arguments: list[str]) -> int:
    """Name the damaged packages of this environment; take them out on `--repair`."""
    repair = "--repair" in arguments
    found = damaged(Path(sysconfig.get_paths()["purelib"]))
    for folder in found:
        print(f"damaged: {folder.name}", file=sys.stderr)
        if repair:
            shutil.rmtree(folder)
    return 1 if found and not repair else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
