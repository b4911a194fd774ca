"""One real night on the starter model: a short day, the ordinary commands, the exported file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DAY = {
    "conversations": [
        [
            "Hello! My name is Ines and I live in Coimbra.",
            "My dog is called Bruno.",
            "What is a good name for a boat?",
            "My brother Rafael works as a plumber.",
            "I play the trumpet.",
            "Thanks, see you tomorrow!",
        ]
    ],
    "facts": [
        {
            "fact": "her dog",
            "asks": [{"question": "I have a dog, what is its name?", "accept": ["Bruno"]}],
        },
        {
            "fact": "her town",
            "asks": [{"question": "Which town is my home in?", "accept": ["Coimbra"]}],
        },
    ],
    "unknown": ["What is my sister's name?", "What is my shoe size?"],
}


@pytest.mark.starter
def test_a_short_day_is_learned_by_the_served_file(tmp_path: Path) -> None:
    """Loose floors on purpose: the figures to reach are the benchmarks' business."""
    day = tmp_path / "day.json"
    day.write_text(json.dumps(DAY))
    command = [sys.executable, "-m", "sleep", "demo", "--json"]
    arguments = ["--home", str(tmp_path / "home"), "--day", str(day)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr  # learned, or refused by its own exam
    found = json.loads(done.stdout)
    night = found["night"]
    assert set(night["stages"]) == {"gather", "recall", "grow", "seed", "export", "exam", "wake"}
    new = night["exam"]["parts"]["new"]
    assert new["before"] <= 0.3 * new["asked"]
    assert new["after"] >= 0.5 * new["asked"]
    general = night["exam"]["parts"]["general"]
    assert general["after"] >= 0.7 * general["before"]
    assert night["exam"]["perplexity_ratio"] < 1.3
    assert night["file"]["bytes"] <= 1.15 * night["file"]["base_bytes"]
    assert night["file"]["survival"] > 0.8
    learned = [each["text"] for each in (*night["learned"], *night["refused"])]
    assert any("Bruno" in text for text in learned)
    assert not any("boat" in text for text in learned)
