"""How near the wordings that recall makes come to the questions people ask, without any training.

Run: python tests/benchmarks/bench_wordings.py DATA_FOLDER [--only NAME] [--worst N]
DATA_FOLDER holds pairs of files *_dialogues.json and *_gold.json. For every gold question: is the
answer in a recalled fact; how near is the nearest lesson that holds the answer (F1 over stemmed
content words, synonyms made one); and is a lesson with another answer, or a "not told" question,
nearer still, so that the model will be pulled the wrong way. Both are only signs of what a model
will learn: words can be near and mean something else.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sleep.memory import Reading
from sleep.recall import read
from sleep.recall import words as w
from sleep.recall.english import table
from sleep.untold import untold
from tests.benchmarks.bench_recall import has_answer, heard_of

NEAR = 0.6  # an overlap from which a wording counts as taught
PLENTY = 16  # lessons that a fact should have
_ASKED = frozenset({"where", "when", "who", "how", "why"})
_SKIPPED = (w.GRAMMAR_WORDS - _ASKED) | {"say", "tell", "again", "remember", "mention"}


@cache
def _same() -> dict[str, str]:
    """Every word of a group of synonyms to the first of its group."""
    found: dict[str, str] = {}
    for line in table("reword")["groups"]:
        first, *others = line.split(" / ")
        for other in others:
            if " " not in other:
                found.setdefault(w.stem(other), w.stem(first))
    for verb, others in table("frames")["synonyms"].items():
        for other in others:
            found.setdefault(w.stem(other), w.stem(verb))
    return {word: found.get(other, other) for word, other in found.items()}


@cache
def content(question: str) -> frozenset[str]:
    """The words of a question that carry its meaning, in one form each."""
    words = re.findall(r"[\w-]+", question.lower().replace("'s", ""))
    kept = [word for word in words if word not in _SKIPPED]
    return frozenset(_same().get(w.stem(word), w.stem(word)) for word in kept or words)


def overlap(one: str, other: str) -> float:
    """F1 of two questions' content words."""
    left, right = content(one), content(other)
    return 2 * len(left & right) / (len(left) + len(right))


@dataclass(frozen=True)
class Asked:
    """One gold question with what recall offers for it. right, wrong: (overlap, lesson)."""

    question: str
    found: bool
    right: tuple[float, str]
    wrong: tuple[float, str]

    @property
    def pulled(self) -> bool:
        return self.wrong[0] > self.right[0]


def nearest(question: str, lessons: Iterable[str]) -> tuple[float, str]:
    return max(((overlap(question, lesson), lesson) for lesson in lessons), default=(0.0, "-"))


def look(reading: Reading, facts: Sequence[dict[str, object]]) -> list[Asked]:
    """Every gold question of one person."""
    told = [text for fact in reading.facts for text in (fact.text, fact.source)]
    asked = [one.question for fact in reading.facts for one in fact.lessons]
    lessons = [one for fact in reading.facts for one in fact.lessons if one.split == "train"]
    refusals = [one.question for one in reading.twins if one.split == "train"]
    refusals += [one.question for one in untold("train", told, asked)]
    rows: list[Asked] = []
    for fact in facts:
        answers = [str(answer) for answer in fact["answers"]]  # type: ignore[attr-defined]
        right = {one.question for one in lessons if has_answer(one.answer, answers)}
        wrong = [one.question for one in lessons if one.question not in right] + refusals
        for question in fact["questions"]:  # type: ignore[attr-defined]
            rows.append(
                Asked(question, bool(right), nearest(question, right), nearest(question, wrong))
            )
    return rows


def report(name: str, reading: Reading, rows: Sequence[Asked], worst: int) -> None:
    """One line of shares, the thin facts and the worst questions."""
    counts = [sum(one.split == "train" for one in fact.lessons) for fact in reading.facts]
    total = len(rows)
    print(
        f"\n{name}: {sum(row.found for row in rows)}/{total} answers recalled, "
        f"overlap {statistics.mean(row.right[0] for row in rows):.2f}, "
        f"near {sum(row.right[0] >= NEAR for row in rows)}/{total}, "
        f"pulled {sum(row.pulled for row in rows)}/{total}; "
        f"{len(counts)} facts with {statistics.median(counts):.0f} lessons (median), "
        f">= {PLENTY}: {sum(count >= PLENTY for count in counts)}/{len(counts)}"
    )
    for fact, count in zip(reading.facts, counts, strict=True):
        if count < PLENTY and worst:
            print(f"  thin {count:2} {fact.text}")
    ranked = sorted(rows, key=lambda row: row.right[0] - row.wrong[0])
    for row in ranked[:worst]:
        print(
            f"  {row.right[0]:.2f} {'PULLED' if row.pulled else '      '} {row.question}"
            f"  | {row.right[1]} | {row.wrong[0]:.2f} {row.wrong[1]}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="these people, with commas between")
    parser.add_argument("--without", default="", help="leave these people out")
    parser.add_argument("--worst", type=int, default=0, help="how many questions to print")
    args = parser.parse_args()
    everything: list[Asked] = []
    for path in sorted(args.folder.glob("*_dialogues.json")):
        if "sealed" in path.name:
            continue  # kept for the measure that nothing was tuned on
        gold = json.loads(path.with_name(path.name.replace("_dialogues", "_gold")).read_text())
        for name, person in json.loads(path.read_text()).items():
            if (args.only and name not in args.only.split(",")) or name in args.without.split(","):
                continue
            begun = time.perf_counter()
            reading = read(heard_of(person["history"]), model=None, known=(), seed=0)
            seconds = time.perf_counter() - begun
            rows = look(reading, gold[name]["facts"])
            everything += rows
            report(f"{name} ({seconds:.2f} s)", reading, rows, args.worst)
    total = len(everything)
    print(
        f"\nall: {total} questions, recalled {sum(row.found for row in everything) / total:.2f}, "
        f"overlap {statistics.mean(row.right[0] for row in everything):.3f}, "
        f"near {sum(row.right[0] >= NEAR for row in everything) / total:.2f}, "
        f"pulled {sum(row.pulled for row in everything) / total:.2f}"
    )


if __name__ == "__main__":
    main()
