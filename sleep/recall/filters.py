"""Checks on what a model made: is it grounded, likely because of the message, an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sleep.recall import words as w
from sleep.recall.model import ReadingModel

MIN_LIFT = 0.6  # nats per token that the source must add to the likelihood of what it supports


def grounded(statement: str, source: str) -> bool:
    """Whether every meaningful word of a statement stands in its source, inflection aside."""
    return not w.content_stems(statement) - w.content_stems(source) - {"call", "name"}


def lift(model: ReadingModel, supported: str, bare: str, text: str) -> float:
    """How much likelier a text is per token after the supporting prompt than after the bare one."""
    return model.score(supported, text).mean - model.score(bare, text).mean


def answers(model: ReadingModel, question: str, statement: str, others: Sequence[str]) -> bool:
    """Round trip: with all notes in view, is the statement the likeliest answer to the question,
    and far likelier than without them?

    others: statements of other facts, which compete for the question.
    """
    notes = "\n".join(f"- {note}" for note in sorted({statement, *others}))
    ask = f"Question: {question}\nAnswer:"
    with_notes = f"Notes about the user:\n{notes}\n\n{ask}"
    own = model.score(with_notes, f" {statement}").mean
    if own - model.score(f"Notes about the user:\n\n{ask}", f" {statement}").mean < MIN_LIFT:
        return False
    return all(model.score(with_notes, f" {other}").mean < own for other in others)


def rewording(question: str, of: str, statement: str, expect: Sequence[str]) -> bool:
    """Whether a question is a plausible other wording of one about this statement.

    It keeps the person, brings in at most two new words, differs in words and not only in order,
    and does not give the answer away.
    """
    words = re.findall(r"[\w']+", question)
    if not 3 <= len(words) <= 14 or question.count("?") != 1 or not question.endswith("?"):
        return False
    if words[0].lower() not in w.WH_WORDS | w.AUXILIARIES | {"can", "could"}:
        return False
    first, other = r"\b(I|my|me|mine)\b", r"\b(you|your|we|our)\b"
    if bool(re.search(first, question)) != bool(re.search(first, of)):
        return False
    if re.search(other, question, re.IGNORECASE) and not re.search(other, of, re.IGNORECASE):
        return False
    if any(re.search(rf"\b{re.escape(word)}\b", question, re.IGNORECASE) for word in expect):
        return False
    asked, before = w.content_stems(question), w.content_stems(of)
    return asked != before and len(asked - before - w.content_stems(statement)) <= 2
