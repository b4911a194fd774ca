"""Every benchmark of the sleep method with every arm it needs, in one folder, resumable.

    python tests/benchmarks/bench_method.py OUT --data DATA_FOLDER [--minutes 3] [--only lifelong]

The same as `reverie bench NAME --arms ...`, in the sizes that the published tables have. It takes
hours on a small machine; stopped at any time, it goes on where it was. Tables: OUT/NAME/NAME.md.
"""

import argparse
from pathlib import Path

from sleep.bench.arms import ARMS
from sleep.bench.command import bench
from sleep.bench.runs import Name

ABLATIONS = [name for name in ARMS if name.startswith(("no-", "norm-"))]
BASELINES = ["untouched", "prompt", "raw", "qa", "seal", "opsd"]
ALL = [*BASELINES, "default", "full", *ABLATIONS]
ARMS_OF: dict[Name, list[str]] = {
    "knowledge-one": ALL,
    "knowledge": ALL,
    "lifelong": ["untouched", "qa", "default", "full", "no-anchors", "no-levels"],
    "few-shot": [*BASELINES, "default", "full", "no-dreaming"],
    "class-incremental": ["untouched", "qa", "default", "full", "no-expansion", "no-anchors"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, default=Path())
    parser.add_argument("--minutes", type=float, default=3.0, help="of one night")
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--passages", type=int, default=20)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", choices=list(ARMS_OF), help="one benchmark")
    options = parser.parse_args()
    for name, arms in ARMS_OF.items():
        if options.only in (None, name):
            bench(
                name,
                data=options.data,
                out=options.out / name,
                arms=",".join(arms),
                minutes=options.minutes,
                nights=options.nights if name == "lifelong" else 6,
                passages=options.passages,
                every=options.every,
            )


if __name__ == "__main__":
    main()
