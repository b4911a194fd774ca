"""A journal of a million messages: start, search, gather and the notes of a prompt, in seconds.

    python -m tests.benchmarks.bench_journal [--messages 1000000] [--home FOLDER]

A folder that is named is kept, and used again the next time. Wanted: start under 1 s, search under
0.1 s, gathering in proportion to what is new.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from pathlib import Path

from assistant.cli.status import gather as status
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.records import canonical_time, digest
from assistant.paths import Paths
from assistant.recollect import recollect
from sleep.gather import gather

_PER_CONVERSATION = 20
_NEW = 200
_RARE = "zebulon"


def fill(journal: Journal, count: int) -> None:
    """`count` messages of Zipf-distributed words, all but the last slept on."""
    from datetime import UTC, datetime, timedelta

    rng = random.Random(0)
    words = [f"word{n}" for n in range(30_000)]
    cumulative = list(accumulate(1 / (n + 1) for n in range(30_000)))
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with journal.writing() as db:
        db.conn.executemany(
            "INSERT INTO conversations (id, uuid, title, created) VALUES (?, ?, ?, ?)",
            ((n, str(n), f"talk {n}", "2020") for n in range(1, count // _PER_CONVERSATION + 2)),
        )

        def rows() -> Iterator[tuple[object, ...]]:
            for number in range(1, count + 1):
                role = "user" if number % 2 else "assistant"
                text = " ".join(rng.choices(words, cum_weights=cumulative, k=15))
                if number % 50_000 == 1:
                    text += f" my dog is called {_RARE}{number}"
                created = canonical_time(start + timedelta(minutes=number))
                first = number % _PER_CONVERSATION == 1
                parent = None if first else number - 1
                conversation = (number - 1) // _PER_CONVERSATION + 1
                sealed = digest(role, text, created)
                yield number, conversation, parent, role, text, created, sealed

        db.conn.executemany(
            "INSERT INTO messages (id, conversation_id, parent_id, role, content, created, digest)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows(),
        )
        db.execute(
            "INSERT INTO nights (started, ended, status, upto_message)"
            " VALUES ('2024', '2024', 'learned', ?)",
            [count - _NEW],
        )


def took(work: Callable[[], object], times: int = 5) -> float:
    """Median seconds of a work."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def main() -> None:
    """Fill if need be, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="reverie-load-"))
    paths = Paths.under(home).make()
    if not paths.journal.exists():
        with Journal.open(paths.journal) as journal:
            print(f"filling: {took(lambda: fill(journal, options.messages), 1):.1f} s")

    def start() -> None:
        with Journal.open(paths.journal) as journal:
            Generations(paths, journal).settle()

    print(f"start: {took(start):.3f} s ({paths.journal.stat().st_size / 1e6:,.0f} MB)")
    with Journal.open(paths.journal) as journal:
        for name, query in (
            ("a rare word", f"{_RARE}50001"),
            ("a common word", "word0"),
            ("two common words", "word0 word1"),
            ("a beginning", "zebu*"),
            ("a phrase", '"word0 word1"'),
        ):
            print(f"search for {name}: {took(partial(journal.search, query, 20)):.3f} s")
        print(f"gather ({_NEW} new): {took(lambda: gather(journal)):.3f} s")
        note = "What is my dog called, word0 or word1?"
        print(f"notes: {took(lambda: recollect(journal, note, 500, len)):.3f} s")
        print(f"status: {took(lambda: status(paths, journal)):.3f} s")
        talk = options.messages // _PER_CONVERSATION
        print(f"add a message: {took(lambda: journal.add_message(talk, 'user', 'new')):.4f} s")


if __name__ == "__main__":
    main()
