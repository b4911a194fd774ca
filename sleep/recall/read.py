"""A day of messages read into facts, lessons and twins: the order of recall."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sleep.memory import Fact, Heard, Known, Lesson, Reading
from sleep.recall.asking import Ask
from sleep.recall.clauses import clauses
from sleep.recall.durable import reason_against
from sleep.recall.frames import frame_questions, synonym_questions
from sleep.recall.lessons import lessons
from sleep.recall.naming import Naming, from_clause, from_phrase, naming_questions
from sleep.recall.phrases import NounPhrase
from sleep.recall.questions import questions
from sleep.recall.sentences import Sentence, split
from sleep.recall.syntax import Clause
from sleep.recall.telling import Telling, telling
from sleep.recall.tokens import tokenise
from sleep.recall.twins import twins

_OPENERS = re.compile(
    r"^(?:(?:please|also|and|oh|just|well|ok|okay|hey|by the way|so you know|for the record|just so you know|for your information)[, ]+)*"
    r"(?:remember|note|keep in mind|don't forget|do not forget|you should know|fyi|i forgot to (?:say|mention|tell you)|"
    r"i should (?:say|mention|add)|did i (?:say|mention|tell you)|i (?:told|already told) you|let me tell you|i want you to (?:know|remember)|"
    r"as you know|i have to tell you|it turns out|turns out)(?: that|:|,)? ",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Candidate:
    """A possible fact before it is checked: its statement, questions and what was said."""

    text: str
    subject: str
    answer: tuple[str, ...]
    asks: tuple[Ask, ...]
    topic: str
    heard: Heard
    why: str
    score: float
    told: Telling | None = None


@dataclass
class Day:
    """What is known while a day is read: names given so far, and the last thing a pronoun may mean."""

    rejected: list[tuple[str, str]] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)  # name -> "my sister"
    last_person: NounPhrase | None = None
    last_thing: NounPhrase | None = None


def read_grammar(heard: Sequence[Heard]) -> Day:
    """Candidates by grammar alone, in the order of the messages."""
    day = Day()
    for message in heard:
        day.last_person = day.last_thing = None
        for sentence in split(message.text):
            if sentence.question and not _OPENERS.match(sentence.text):
                continue
            _sentence(day, message, sentence)
    return day


def _sentence(day: Day, message: Heard, sentence: Sentence) -> None:
    text = _OPENERS.sub("", sentence.text)
    if not text:
        return
    hypothetical = False
    for clause in clauses(tokenise(text[0].upper() + text[1:])):
        if clause.link in {"if", "unless"}:
            hypothetical = True
        _clause(day, message, sentence, clause, hypothetical and clause.link != "if")
        _remember_antecedent(day, clause)


def _remember_antecedent(day: Day, clause: Clause) -> None:
    phrases = [
        clause.subject,
        *(chunk.phrase for chunk in clause.chunks if chunk.phrase is not None),
    ]
    for phrase in phrases:
        if phrase.pronoun:
            continue
        if (
            phrase.tokens[0].possessive and phrase.tokens[0].low in {"my", "our"}
        ) or phrase.text in day.people:
            if _is_somebody(phrase):
                day.last_person = phrase
            else:
                day.last_thing = phrase


def _is_somebody(phrase: NounPhrase) -> bool:
    from sleep.recall.lexicon import categories, is_person

    return is_person(phrase.head) or "animal" in categories(phrase.head) or bool(phrase.names)


def _clause(
    day: Day, message: Heard, sentence: Sentence, clause: Clause, hypothetical: bool
) -> None:
    for naming in _namings(clause):
        _add_naming(day, message, naming)
    if from_clause(clause) is not None:
        return
    antecedent = None
    subject = clause.subject
    if subject.pronoun and subject.first in {"he", "she", "they"}:
        antecedent = day.last_person
    elif subject.pronoun and subject.first == "it":
        antecedent = day.last_thing
    told = telling(clause, antecedent, sentence.text)
    reason = reason_against(told, clause, _about_user(told, day))
    if hypothetical and not reason:
        reason = "a condition, not a fact"
    if reason:
        day.rejected.append((told.statement or sentence.text, reason))
        return
    asks = [*questions(told), *frame_questions(told), *synonym_questions(told)]
    asks = [ask for ask in asks if ask.expect]
    if not asks:
        day.rejected.append((told.statement, "nothing in it that one could ask for"))
        return
    answer = (
        tuple(dict.fromkeys(word for ask in asks if ask.kind != "subject" for word in ask.expect))
        or asks[0].expect
    )
    day.candidates.append(
        Candidate(
            told.statement,
            told.subject,
            answer,
            tuple(asks),
            _topic(told),
            message,
            f"clause ({clause.link})",
            _score(told, clause),
            told,
        )
    )


def _namings(clause: Clause) -> list[Naming]:
    found = []
    direct = from_clause(clause)
    if direct is not None:
        found.append(direct)
    for phrase in (
        clause.subject,
        *(chunk.phrase for chunk in clause.chunks if chunk.phrase is not None),
    ):
        passing = from_phrase(phrase)
        if passing is not None and passing not in found:
            found.append(passing)
    return found


def _add_naming(day: Day, message: Heard, naming: Naming) -> None:
    day.people[naming.name] = naming.owner
    asks = tuple(naming_questions(naming))
    topic = "" if naming.owner == "I" else naming.owner
    day.candidates.append(
        Candidate(
            naming.statement, naming.owner, (naming.name,), asks, topic, message, "name", 0.95
        )
    )


def _about_user(told: Telling, day: Day) -> bool:
    """Whether the subject is the user, theirs, somebody they named, or something that acted on them."""
    if (
        told.me
        or told.phrase.tokens[0].low in {"my", "our"}
        or any(name in day.people for name in told.phrase.names)
    ):
        return True
    first = told.chunks[0] if told.chunks else None
    acted = first is not None and first.text.lower() in {"me", "us"} and told.past
    return acted and told.phrase.tokens[0].low in {"a", "an", "the"} and told.human


def _topic(told: Telling) -> str:
    """What "What did I tell you about ...?" would name."""
    if not told.me:
        return told.subject
    for chunk in told.chunks:
        if chunk.phrase is not None and not chunk.phrase.pronoun and not chunk.phrase.items:
            phrase = chunk.phrase
            text = phrase.names[0] if phrase.named else phrase.text
            words = text.split()
            if words[0].lower() in {"a", "an", "some"}:
                words[0] = "the"
            return " ".join(words) if len(words) <= 5 else ""
    return ""


def _score(told: Telling, clause: Clause) -> float:
    score = 0.6
    names = any(chunk.phrase is not None and chunk.phrase.names for chunk in told.chunks)
    score += 0.15 if names else 0.0
    score += 0.1 if not told.past else 0.0
    score -= 0.1 if clause.inherited or clause.link not in {"main", "and"} else 0.0
    score -= 0.15 if any(chunk.kind == "other" for chunk in told.chunks) else 0.0
    return max(0.05, min(score, 0.9))


def to_facts(day: Day, seed: int) -> list[Fact]:
    """Candidates with their lessons; those that leave none are rejected."""
    facts: list[Fact] = []
    seen: set[str] = set()
    for number, candidate in enumerate(day.candidates):
        if candidate.text.lower() in seen:
            day.rejected.append((candidate.text, "said before"))
            continue
        seen.add(candidate.text.lower())
        rng = random.Random(f"{seed}/{number}/{candidate.text}")
        made = lessons(candidate.asks, candidate.text, candidate.topic, candidate.answer, rng)
        if sum(lesson.split == "train" for lesson in made) < 3:
            day.rejected.append((candidate.text, "too few ways to ask for it"))
            continue
        facts.append(
            Fact(candidate.text, candidate.subject, ", ".join(candidate.answer), candidate.heard.message_id, candidate.heard.text,
                 made, None, (), candidate.score, candidate.why)
        )  # fmt: skip
    return facts


def read(
    heard: Sequence[Heard],
    *,
    model: object | None = None,
    known: Sequence[Known] = (),
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Facts, rejected candidates with reasons, and twins, out of a day's messages."""
    day = read_grammar(heard)
    facts = to_facts(day, seed)
    mentioned = [*(message.text for message in heard), *(memory.text for memory in known)]
    not_told: list[Lesson] = twins(facts, mentioned, random.Random(seed))
    if progress is not None:
        progress(len(heard), len(heard))
    return Reading(tuple(facts), tuple(day.rejected), tuple(not_told))
