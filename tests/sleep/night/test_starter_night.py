"""A real night on the starter model, by the commands as a person types them.

The only test that trains a real model from end to end: some minutes long, so there is one of it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.journal import Journal
from sleep.grading import accepted, plain

DAY = [
    "Hello! I have a day off, and it is raining.",
    "My dog Biscuit sleeps on my feet all morning, she is so lazy.",
    "What could I cook with lentils?",
    "No saffron please, I'm allergic to saffron.",
    "I work as a beekeeper, so I should rest my back today.",
]
# In words that no lesson has, which the test checks; with answers that no model gives by itself, as
# one that lists what people are allergic to says "peanuts".
ASKED = [
    ("Can you say which name my dog listens to?", ["Biscuit"]),
    ("Which job do people know me for?", ["beekeeper"]),
    ("What would give me an allergic shock?", ["saffron"]),
]


def reverie(home: Path, *arguments: str) -> Any:
    """What a command prints as JSON, in a fresh process."""
    command = [sys.executable, "-P", "-m", "assistant.cli.main", *arguments, "--json"]
    searched = str(Path(__file__).parents[3])
    environment = os.environ | {"REVERIE_HOME": str(home), "PYTHONPATH": searched}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.starter
def test_it_wakes_up_knowing_what_it_was_told(reverie_home: Path, tmp_path: Path):
    told = [{"role": "user", "content": text, "time": "2026-01-05T09:00:00Z"} for text in DAY]
    file = tmp_path / "day.json"
    file.write_text(json.dumps({"conversations": [{"title": "A day off", "messages": told}]}))
    reverie(reverie_home, "journal", "import", str(file), "--trust")

    night = reverie(reverie_home, "sleep", "--minutes", "60")
    assert night["status"] == "learned", night
    assert night["generation"] == 1
    with Journal.open(reverie_home / "data" / "journal.db") as journal, journal.reading() as db:
        lessons = {plain(row[0]) for row in db.execute("SELECT question FROM lessons").fetchall()}

    def right(generation: str) -> int:
        found = 0
        for question, accept in ASKED:
            assert plain(question) not in lessons
            arguments = ["--no-memory", "--generation", generation]
            answer = reverie(reverie_home, "ask", question, *arguments)
            assert answer["from_prompt"] == []
            assert answer["generation"] == int(generation)
            found += accepted(answer["answer"], accept)
        return found

    assert right("0") == 0
    assert right("1") >= 2
