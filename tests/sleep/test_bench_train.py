"""The benchmark of the engines runs, at a size for any machine; what it measures is not judged."""

import json
import os
import subprocess
import sys
from pathlib import Path

FEW = ("--engines", "peft", "sft", "--steps", "1", "--batches", "2")
SCRIPT = Path(__file__).parents[1] / "benchmarks" / "bench_train.py"


def test_the_reference_and_unsloths_own_step(tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--folder", str(tmp_path), *FEW],
        cwd=tmp_path,
        env=os.environ | {"UNSLOTH_FORCE_CPU": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    assert [row["engine"] for row in rows] == ["peft", "sft"]
    for row in rows:
        assert row["step_s"] > 0, row
        assert row["peak_gb"] > 0
        assert (row["drawn_per_s"] is None) is (row["engine"] == "sft")
    assert sum(line.startswith("| tiny ") for line in lines) == 2
