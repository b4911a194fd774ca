"""Notes by the model, for messages that grammar could not read: few-shot, sampled, kept hard.

A note is kept when several samples agree on it, its words stand in the message, it is far likelier
after this message than after another, and it then passes everything a clause has to pass. Small
models yield little here, so the search stops early when the first messages give nothing; larger
models earn their keep message by message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sleep.memory import Heard
from sleep.recall.candidates import Candidate, Day
from sleep.recall.filters import MIN_LIFT, grounded, lift
from sleep.recall.grammar_reader import read_sentence
from sleep.recall.language import foreign
from sleep.recall.model import ReadingModel
from sleep.recall.person import to_user
from sleep.recall.words import content_stems

SAMPLES = 5
AGREEING = 2
PATIENCE = 3  # messages in a row without a kept note before the model is asked no more
_MAX_TOKENS = 40
_HEADER = "Notes about the user, one fact each, only what the message itself says.\n"
_SHOTS = (
    ("Good evening! My knee hurts since the race, so no running for me. Any good bakery around?",
     "You hurt your knee in a race."),
    ("Could you check this letter? It's for my aunt Rosa, turning 80 on Sunday.",
     "Your aunt is called Rosa. | Your aunt Rosa turns 80 on Sunday."),
    ("Thanks, that's a lovely idea. What else could I try?", "none"),
    ("Sold the old van at last, the new one is electric, the kids love it. Any tips for charging?",
     "You sold your old van. | Your new van is electric."),
)  # fmt: skip
_NEUTRAL = "Okay, I will think about it and come back to you."


def add_model_notes(day: Day, heard: Sequence[Heard], model: ReadingModel) -> None:
    """Adds candidates from the model's notes to the day, in the order of the messages."""
    idle = 0
    for message in heard:
        if idle >= PATIENCE:
            return
        if _wants_reading(day, message):
            kept = _read(day, message, model)
            idle = 0 if kept else idle + 1


def _wants_reading(day: Day, message: Heard) -> bool:
    """Whether grammar left a message about the user unread."""
    mine = re.search(r"\b(i|i'm|im|my|we|our|me)\b", message.text, re.IGNORECASE)
    if not mine or len(message.text.split()) < 5 or len(message.text) > 600:
        return False
    if foreign(message.text):
        return False
    return not any(one.heard.message_id == message.message_id for one in day.candidates)


def _prompt(text: str) -> str:
    shots = "\n\n".join(f"Message: {told}\nNotes: {notes}" for told, notes in _SHOTS)
    return f"{_HEADER}\n{shots}\n\nMessage: {' '.join(text.split())}\nNotes:"


def _read(day: Day, message: Heard, model: ReadingModel) -> int:
    """Samples notes on one message and keeps what holds; returns how many."""
    prompt = _prompt(message.text)
    votes: Counter[str] = Counter()
    for sample in model.sample(prompt, SAMPLES, _MAX_TOKENS, "\n", 0.7):
        votes.update({note for piece in sample.split("|") if (note := _tidy(piece))})
    kept = 0
    for note, count in votes.most_common():
        reason = _reason_against(note, count, message, day)
        if not reason and lift(model, prompt, _prompt(_NEUTRAL), f" {note}") < MIN_LIFT:
            reason = "as likely without the message"
        if reason:
            day.rejected.append((note, f"note by the model: {reason}"))
            continue
        kept += _take(day, message, note)
    return kept


def _tidy(piece: str) -> str:
    note = piece.strip().rstrip(".") + "."
    return note if re.match(r"^Your? [\w'\", -]+\.$", note) and len(note.split()) <= 16 else ""


def _reason_against(note: str, votes: int, message: Heard, day: Day) -> str:
    if votes < AGREEING:
        return "samples do not agree on it"
    if not grounded(note, message.text):
        return "not in the message"
    stems = content_stems(note)
    same = (one for one in day.candidates if one.heard.message_id == message.message_id)
    if any(stems <= content_stems(one.text) for one in same):
        return "said by another fact"
    return ""


def _take(day: Day, message: Heard, note: str) -> int:
    """Reads a note as if the user had said it so; what it tells must be durable like any clause."""
    scratch = Day(references=day.references)
    read_sentence(scratch, message, to_user(note))
    day.rejected += scratch.rejected
    for one in scratch.candidates:
        day.candidates.append(_as_model_made(one))
    return len(scratch.candidates)


def _as_model_made(candidate: Candidate) -> Candidate:
    return replace(candidate, why="a note by the model on the message", score=candidate.score - 0.2)
