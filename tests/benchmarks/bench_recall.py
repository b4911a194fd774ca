"""Recall against gold facts: precision, recall, false alarms and lessons per person.

Run: python tests/benchmarks/bench_recall.py DATA_FOLDER [--show] [--sums] [--only NAMES]
DATA_FOLDER holds pairs of files *_dialogues.json (chat histories) and *_gold.json (what they tell).
Facts that match no gold fact are printed for a person to judge: most are true but not in the gold.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from assistant.engine import Engine
from sleep.memory import Fact, Heard, Reading
from sleep.recall import read
from sleep.recall.model import EngineModel


def heard_of(history: dict[str, list[dict[str, str]]]) -> list[Heard]:
    """The messages of a history, with the replies before them."""
    found: list[Heard] = []
    for number, (date, turns) in enumerate(history.items()):
        previous = None
        for turn in turns:
            found.append(
                Heard(len(found) + 1, turn["query"], previous, number, f"{date}T12:00:00Z")
            )
            previous = turn["response"]
    return found


def has_answer(text: str, answers: list[str]) -> bool:
    """Whether one of the answers stands in the text as whole words."""
    return any(
        re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text, re.IGNORECASE) for answer in answers
    )


def judge(
    name: str, reading: Reading, gold: dict[str, list[dict[str, object]]], texts: bool
) -> dict[str, float]:
    """Prints what was found for one person, with the texts or without; returns the counts."""
    matched: set[int] = set()
    found = core = found_core = 0
    missed: list[str] = []
    for fact in gold["facts"]:
        answers = [str(answer) for answer in fact["answers"]]  # type: ignore[attr-defined]
        hits = [
            i
            for i, f in enumerate(reading.facts)
            if f.source == fact["message"] and has_answer(f.text, answers)
        ]
        matched.update(hits)
        found += bool(hits)
        core += bool(fact["core"])
        found_core += bool(hits) and bool(fact["core"])
        if not hits:
            missed.append(f"{'* ' if fact['core'] else '  '}{fact['fact']}   <- {fact['message']}")
    quiet = {str(message) for message in gold["not_facts"]}
    alarms = [f for f in reading.facts if f.source in quiet]
    extra = [f for i, f in enumerate(reading.facts) if i not in matched]
    train = [sum(lesson.split == "train" for lesson in f.lessons) for f in reading.facts]
    exam = [sum(lesson.split == "exam" for lesson in f.lessons) for f in reading.facts]
    total = max(len(reading.facts), 1)
    print(
        f"\n{name}: {len(reading.facts)} facts, {found}/{len(gold['facts'])} gold found, "
        f"core {found_core}/{core}, precision {len(matched)}/{len(reading.facts)}, "
        f"false alarms {len(alarms)}/{len(quiet)}, {sum(train) / total:.1f} train and "
        f"{sum(exam) / total:.1f} exam questions a fact, {len(reading.twins)} twins"
    )
    if texts:
        for line in missed:
            print("  missed", line)
        for f in extra:
            print("  extra ", f.text, "  <-", f.source[:90])
        for f in alarms:
            print("  ALARM ", f.text, "  <-", f.source[:90])
    return {
        "facts": len(reading.facts),
        "matched": len(matched),
        "gold": len(gold["facts"]),
        "found": found,
        "core": core,
        "found_core": found_core,
        "alarms": len(alarms),
        "quiet": len(quiet),
    }


def show_lessons(facts: tuple[Fact, ...]) -> None:
    """The facts with all their questions."""
    for fact in facts:
        print(f"\n  {fact.text}  [{fact.score:.2f} {fact.why}]")
        print(f"      supersedes {fact.supersedes}, contradicts {fact.contradicts}")
        for lesson in fact.lessons:
            print(f"      {lesson.split:5} {lesson.kind:9} {lesson.question}  {lesson.expect}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print every question")
    parser.add_argument("--only", default="", help="these people, with commas between")
    parser.add_argument("--without", default="", help="leave these people out")
    parser.add_argument("--sums", action="store_true", help="no texts, as for people kept unseen")
    parser.add_argument("--sealed", action="store_true", help="sums of the sealed files, no more")
    parser.add_argument("--model", type=Path, help="a GGUF; without it grammar reads alone")
    args = parser.parse_args()
    model = EngineModel(Engine(args.model, n_ctx=2048, n_threads=1)) if args.model else None
    sums: dict[str, float] = {}
    for path in sorted(args.folder.glob("*_dialogues.json")):
        if ("sealed" in path.name) is not args.sealed:
            continue
        dialogues = json.loads(path.read_text())
        gold = json.loads(path.with_name(path.name.replace("_dialogues", "_gold")).read_text())
        for name, person in dialogues.items():
            if (args.only and name not in args.only.split(",")) or name in args.without.split(","):
                continue
            begun = time.perf_counter()
            reading = read(heard_of(person["history"]), model=model, known=(), seed=0)
            counts = judge(name, reading, gold[name], texts=not (args.sums or args.sealed))
            if args.show and not args.sealed:
                show_lessons(reading.facts)
            print(f"  {time.perf_counter() - begun:.2f} s")
            for key, value in counts.items():
                sums[key] = sums.get(key, 0) + value
    print(
        f"\nall: recall {sums['found'] / sums['gold']:.2f}, "
        f"core {sums['found_core'] / sums['core']:.2f}, "
        f"precision (gold only) {sums['matched'] / max(sums['facts'], 1):.2f}, "
        f"false alarms {sums['alarms']:.0f}/{sums['quiet']:.0f}"
    )


if __name__ == "__main__":
    main()
