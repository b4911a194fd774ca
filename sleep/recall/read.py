"""A day of messages read into facts, lessons and twins: the order of recall."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from sleep.memory import Fact, Heard, Known, Reading
from sleep.recall.candidates import Candidate, Day
from sleep.recall.competition import drop_shared, settle
from sleep.recall.corrections import old_words, replaced
from sleep.recall.grammar_reader import read_messages, read_sentence
from sleep.recall.lessons import correction_lessons, lessons
from sleep.recall.model import ReadingModel
from sleep.recall.model_notes import add_model_notes
from sleep.recall.paraphrase import add_paraphrases
from sleep.recall.person import to_user
from sleep.recall.twins import twins

MIN_TRAIN = 3  # a fact with fewer ways to ask for it is no memory


def read(
    heard: Sequence[Heard],
    *,
    model: ReadingModel | None,
    known: Sequence[Known],
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Facts, rejected candidates with reasons, and twins, out of a day's messages.

    Grammar reads first. A model, when there is one, reads what grammar could not and adds wordings;
    both pass the same filters. progress: called with (steps done, steps in all).
    """
    tell = progress or (lambda done, of: None)
    day = read_messages(heard, known)
    if model is not None:
        add_model_notes(day, heard, model)
    facts = _facts(day, _remembered(known), seed)
    if model is not None:
        facts = add_paraphrases(facts, model, random.Random(seed), tell)
    mentioned = [*(message.text for message in heard), *(memory.text for memory in known)]
    not_told = twins(facts, mentioned, random.Random(seed))
    tell(1, 1)
    return Reading(tuple(facts), tuple(day.rejected), tuple(not_told))


def _remembered(known: Sequence[Known]) -> list[Candidate]:
    """Earlier memories read as candidates, so that a correction can be held against them."""
    found: list[Candidate] = []
    for memory in known:
        day = Day()
        message = Heard(0, memory.text, None, 0, "")
        read_sentence(day, message, to_user(memory.text))
        for candidate in day.candidates[:1]:
            found.append(_as_known(candidate, memory))
    return found


def _as_known(candidate: Candidate, memory: Known) -> Candidate:
    return replace(candidate, text=memory.text, known=memory)


def _facts(day: Day, remembered: list[Candidate], seed: int) -> list[Fact]:
    """Candidates with their lessons; those corrected later, repeated or unaskable are rejected."""
    kept: list[tuple[Candidate, Candidate | None]] = []
    for candidate in day.candidates:
        if any(candidate.text.lower() == other.text.lower() for other, _ in kept):
            day.rejected.append((candidate.text, "said before"))
            continue
        if any(candidate.text.lower() == other.text.lower() for other in remembered):
            day.rejected.append((candidate.text, "already remembered"))
            continue
        part = next((k for k, (other, _) in enumerate(kept) if _is_part(other, candidate)), None)
        if part is not None:
            day.rejected.append((kept.pop(part)[0].text, "said more fully"))
        old = replaced(candidate, [*remembered, *(other for other, _ in kept)])
        if old is not None and old.known is None:
            older = next((before for other, before in kept if other is old), None)
            kept = [pair for pair in kept if pair[0] is not old]
            day.rejected.append((old.text, f"corrected later: {candidate.text}"))
            kept.append((candidate, _merge(old, older)))
        else:
            kept.append((candidate, old))
    facts: list[Fact] = []
    unshared = drop_shared([candidate for candidate, _ in kept])
    for number, (candidate, (_, old)) in enumerate(zip(unshared, kept, strict=True)):
        fact = _fact(candidate, old, random.Random(f"{seed}/{number}/{candidate.text}"))
        facts.append(fact)
    settled: list[Fact] = []
    for fact in settle(facts):
        if sum(lesson.split == "train" for lesson in fact.lessons) < MIN_TRAIN:
            day.rejected.append((fact.text, "too few ways to ask for it"))
        else:
            settled.append(fact)
    return settled


def _is_part(short: Candidate, whole: Candidate) -> bool:
    """Whether a statement is the beginning of a fuller one of the same message."""
    same = short.heard.message_id == whole.heard.message_id
    return same and whole.text.startswith(short.text.rstrip(".") + " ")


def _merge(old: Candidate, older: Candidate | None) -> Candidate:
    """A chain of corrections keeps the memory of the earlier night that it ends."""
    if older is None:
        return old
    return replace(old, known=older.known, answer=(*old.answer, *older.answer))


def _fact(candidate: Candidate, old: Candidate | None, rng: random.Random) -> Fact:
    made = lessons(candidate, rng)
    contradicts = old_words(candidate, old)
    made += correction_lessons(candidate, contradicts)
    return Fact(
        text=candidate.text,
        subject=candidate.owner,
        answer=", ".join(candidate.answer),
        message_id=candidate.heard.message_id,
        source=candidate.heard.text,
        lessons=made,
        supersedes=old.known.id if old is not None and old.known is not None else None,
        contradicts=contradicts,
        score=candidate.score,
        why=candidate.why,
    )
