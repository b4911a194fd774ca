"""What the lessons made of passages cover of the questions that are asked about them. No training.

    python tests/benchmarks/bench_passages.py DATA_FOLDER [--first 0] [--last 50] [--show 0]

told: gold answers that stand, as whole words, in the answer of some lesson. expected: those that
some lesson asks for, in SQuAD's normalised form. alike: the best F1 of stemmed content words of the
gold question and a lesson whose answer has the gold one; 0 where there is none.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from sleep.bench import data
from sleep.bench.passage import study
from sleep.bench.scoring import contains, mean, normalised
from sleep.recall.words import content_stems


def alike(one: str, other: str) -> float:
    """F1 of the stemmed content words of two questions."""
    a, b = content_stems(one), content_stems(other)
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=50)
    parser.add_argument("--show", type=int, default=0, help="passages whose lessons are printed")
    options = parser.parse_args()
    days = data.passages(options.data, options.last)[options.first :]
    started = time.monotonic()
    studied = [study(" ".join(day.texts)) for day in days]
    seconds = time.monotonic() - started
    told, expected, near, words = [], [], [], []
    for at, (day, lessons) in enumerate(zip(days, studied, strict=True)):
        words += [len(lesson.answer.split()) for lesson in lessons]
        for lesson in lessons if at < options.show else ():
            print(f"  {lesson.question}\n      {lesson.answer} {lesson.expect}")
        for ask in day.asks:
            having = [x for x in lessons if contains(x.answer, ask.gold)]
            gold = normalised(ask.gold)
            told.append(float(bool(having)))
            expected.append(float(any(normalised(e) == gold for x in lessons for e in x.expect)))
            best = max(having, key=lambda x: alike(ask.question, x.question), default=None)
            near.append(alike(ask.question, best.question) if best else 0.0)
            if at < options.show:
                print(
                    f"{near[-1]:.2f} {ask.question} [{ask.gold}]  {best.question if best else ''}"
                )
    print(
        f"{len(days)} passages, {len(told)} questions: told {mean(told):.3f}, expected "
        f"{mean(expected):.3f}, alike {mean(near):.3f}; {mean([len(x) for x in studied]):.1f} "
        f"lessons a passage, {mean(words):.1f} words an answer, "
        f"{seconds / len(days):.2f} s a passage"
    )


if __name__ == "__main__":
    main()
