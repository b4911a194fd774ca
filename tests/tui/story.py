"""A journal with a life in it, the same each time: for snapshots and for the README's pictures."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant import settings
from assistant.generations import Generations
from assistant.journal import Journal, events
from assistant.paths import Paths

START = datetime(2025, 3, 10, 9, 30, tzinfo=UTC)

CODE = '''Here is a small one. It *keeps* the order, and takes any iterable:

```python
from collections.abc import Iterable, Iterator


def unique(items: Iterable[str]) -> Iterator[str]:
    """Every item once, in the order it came."""
    seen: set[str] = set()
    for item in items:
        if item not in seen:
            seen.add(item)
            yield item
```

1. `seen` remembers what has been given out,
2. a generator costs **no list** of its own.
'''

TALK: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "Moving to Leeds",
        [
            ("user", "I have moved to Leeds for a job as a nurse. My dog Biscuit came along."),
            ("assistant", "That is a big step! How does Biscuit like Leeds so far?"),
            ("user", "He loves the park. My sister Nora visits us on Sunday."),
            ("assistant", "Sunday with Nora, then. Shall I remember anything for the visit?"),
        ],
    ),
    (
        "Order of a list",
        [
            ("user", "How do I drop duplicates from a list but keep its order?"),
            ("assistant", CODE),
            ("user", "Thanks. By the way, what is my dog called?"),
            ("assistant", "Your dog is called Biscuit."),
        ],
    ),
]

MEMORIES: list[dict[str, Any]] = [
    {"text": "You live in Leeds.", "subject": "I", "answer": "Leeds", "state": "learned"},
    {"text": "You work as a nurse.", "subject": "I", "answer": "nurse", "state": "learned"},
    {"text": "Your dog is called Biscuit.", "subject": "my dog", "answer": "Biscuit"},
    {"text": "Your sister Nora visits on Sunday.", "subject": "my sister Nora", "state": "shaky"},
    {"text": "You drink oat milk.", "subject": "I", "answer": "oat milk", "state": "waiting"},
    {"text": "Your neighbour is called Ahmed.", "subject": "my neighbour", "state": "proposed"},
    {"text": "You live in York.", "subject": "I", "answer": "York", "state": "superseded"},
]

STAGES = ("gather", "recall", "grow", "seed", "prune", "dream", "export", "exam", "wake")

EXAM = [
    ("new", "Which town is my home?", "I don't know.", "You live in Leeds.", 1),
    ("new", "What is my job?", "You are a creative consultant.", "You work as a nurse.", 2),
    ("new", "Who is Biscuit?", "Biscuit is a kind of bread.", "Biscuit is your dog.", 3),
    ("new", "When does Nora visit?", "Nora who?", "Your sister visits on Monday.", 4),
    ("general", "What is the capital of France?", "Paris.", "Paris.", None),
    ("unknown", "What is my brother's name?", "Alec.", "You haven't told me that yet.", None),
]


def when(minutes: float) -> str:
    """So many minutes after the start, as the journal writes it."""
    return (START + timedelta(minutes=minutes)).isoformat(timespec="microseconds")


def tell(paths: Paths, pid: int | None = None) -> None:
    """Write the story into an empty home; with a `pid`, a second night is running under it."""
    base = paths.base_dir / "starter.gguf"
    base.parent.mkdir(parents=True, exist_ok=True)
    base.write_bytes(b"GGUF")
    settings.store(paths, "model.path", str(base))
    with Journal.open(paths.journal) as journal:
        _talk(journal)
        _first_night(journal, Generations(paths, journal))
        if pid is not None:
            _second_night(journal, pid)
        journal.db.execute("UPDATE memories SET created = ?", [when(5)])
        journal.db.execute("UPDATE generations SET created = ?", [when(800)])
        journal.db.execute("UPDATE night_events SET created = ?", [when(1450)])
        journal.db.conn.commit()


def _talk(journal: Journal) -> None:
    minutes = 0.0
    for title, messages in TALK:
        conversation, parent = journal.new_conversation(title), None
        for role, text in messages:
            generation = 1 if role == "assistant" else None
            parent = journal.add_message(
                conversation,
                role,  # type: ignore[arg-type]
                text,
                parent_id=parent,
                generation=generation,
            )
            with journal.writing() as db:
                sql = "UPDATE messages SET created = ? WHERE id = ?"
                db.execute(sql, [when(minutes), parent])
            minutes += 2
        minutes += 700


def _first_night(journal: Journal, generations: Generations) -> None:
    with journal.writing() as db:
        for number, memory in enumerate(MEMORIES, start=1):
            learned = memory.get("state", "learned") in ("learned", "shaky")
            db.execute(
                "INSERT INTO memories (text, subject, answer, state, message_id, source, night,"
                " level, expert, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
                [
                    *(memory["text"], memory["subject"], memory.get("answer", "")),
                    *(memory.get("state", "learned"), 1 if number <= 3 else 3, "as said"),
                    *(1 if learned else None, int(memory.get("state", "learned") == "learned")),
                    "day-0001" if learned else None,
                ],
            )
        for part, question, _, after, memory_id in EXAM:
            if memory_id and part == "new":
                sql = (
                    "INSERT INTO lessons (memory_id, split, kind, question, answer)"
                    " VALUES (?, ?, 'direct', ?, ?)"
                )
                text = MEMORIES[memory_id - 1]["text"]
                db.execute(sql, [memory_id, "train", f"Tell me: {question.lower()}", text])
                db.execute(sql, [memory_id, "exam", question, after])
        db.execute(
            "INSERT INTO nights (started, ended, status, generation, upto_message, report)"
            " VALUES (?, ?, 'learned', 1, 4, ?)",
            [when(780), when(790), json.dumps(_report())],
        )
        _stages(db, 1, STAGES, None)
        for part, question, before, after, memory_id in EXAM:
            right = int("Monday" not in after)
            db.execute(
                "INSERT INTO exam_answers (night_id, part, question, before, after, passed,"
                " memory_id) VALUES (1, ?, ?, ?, ?, ?, ?)",
                [part, question, before, after, right, memory_id],
            )
        for text, state in (
            ("Biscuit plays in a park in Leeds.", "rewarded"),
            ("Nora is a nurse in York.", "unsupported"),
        ):
            db.execute(
                "INSERT INTO dreams (night_id, created, round, text, state) VALUES (1, ?, 1, ?, ?)",
                [when(785), text, state],
            )
        db.execute(
            "INSERT INTO decisions (created, decision, reason) VALUES (?, 'waited', ?)",
            [when(1440), "you were typing two minutes ago"],
        )
    number = generations.reserve()
    (generations.folder(number) / "model.gguf").write_bytes(b"GGUF")
    day = {
        "name": "day",
        "period": 1,
        "experts": [{"id": "day-0001", "parameters": 2930688}],
        "memories": [1],
    }
    manifest = json.dumps({"levels": [day]})
    generations.record(number, parent=0, sha256="", night_id=1, manifest=manifest)
    generations.promote(number)


def _report() -> dict[str, Any]:
    parts = {
        "new": {"asked": 32, "before": 0, "after": 25, "kept": 0, "needed": 17},
        "general": {"asked": 40, "before": 36, "after": 35, "kept": 34, "needed": 31},
        "in_prompt": {"asked": 20, "before": 17, "after": 16, "kept": 15, "needed": 12},
        "unknown": {"asked": 10, "before": 0, "after": 7, "kept": 0, "needed": 0},
    }
    return {
        "status": "learned",
        "reason": "",
        "minutes": 9.6,
        "learned": [{"memory_id": n, "text": MEMORIES[n - 1]["text"]} for n in (1, 2, 3)],
        "refused": [{"memory_id": 4, "text": MEMORIES[3]["text"]}],
        "exam": {"passed": True, "reasons": [], "parts": parts, "perplexity_ratio": 1.031},
        "memory_peak_mb": 2532,
        "file": {"bytes": 113_100_000, "base_bytes": 98_400_000},
    }


def _stages(db: Any, night: int, names: tuple[str, ...], running: str | None) -> None:
    seconds = {"recall": 7.0, "seed": 521.0, "export": 2.0, "exam": 47.0}
    for place, name in enumerate(names):
        took = None if name == running else seconds.get(name, 0.4)
        db.execute(
            "INSERT INTO stages (night_id, name, started, seconds) VALUES (?, ?, ?, ?)",
            [night, name, when(780 + night * 660 + place), took],
        )


def _second_night(journal: Journal, pid: int) -> None:
    with journal.writing() as db:
        sql = "INSERT INTO nights (started, status, pid) VALUES (?, 'running', ?)"
        db.execute(sql, [when(1440), pid])
        _stages(db, 2, ("gather", "recall", "grow", "seed"), "seed")
    told: list[tuple[str, str, dict[str, Any]]] = []
    for step in range(1, 61):
        loss = 3.2 / (1 + step / 9) + 0.08 * (step % 3)
        worst = {"fact": 1.9, "unknown": 0.7, "anchor": 0.31, "prose": 0.12}
        recall = min(0.93, step / 55)
        data = {"step": step, "steps": 96, "loss": loss, "worst": worst, "recall": recall}
        told.append(("seed", "step", data))
    told.append(("seed", "learning", {"text": "Your sister Nora visits on Sunday."}))
    budget = {"seconds_left": 372, "memory_mb": 1840, "on_mains": True, "battery": 96}
    told.append(("seed", "budget", budget))
    events.tell(journal, 2, told)


def sit(journal: Journal) -> None:
    """The second night sits its exam, and has come to the last question."""
    with journal.writing() as db:
        db.execute("UPDATE stages SET seconds = 470 WHERE night_id = 2 AND name = 'seed'")
        _stages(db, 2, ("prune", "dream", "export", "exam"), "exam")
    told: list[tuple[str, str, dict[str, Any]]] = []
    for place, (part, question, before, after, memory) in enumerate(EXAM):
        asked = {"place": place, "part": part, "question": question, "before": before}
        asked |= {"was_right": before == after, "memory_id": memory}
        told.append(("exam", "question", asked | {"after": None, "right": None}))
        if part != "unknown":
            answer = {"after": after, "right": "Monday" not in after}
            told.append(("exam", "question", asked | answer))
    events.tell(journal, 2, [*told, ("exam", "progress", {"done": 11, "of": 12})])


def home(folder: Path, pid: int | None = None) -> Paths:
    """A home with the story in it."""
    paths = Paths.under(folder).make()
    tell(paths, pid)
    return paths
