""" "Not told" twins: the same questions about people and things the user never spoke of."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from sleep.memory import Fact, Lesson
from sleep.recall import person
from sleep.recall.lexicon import categories
from sleep.recall.words import stem

_PEOPLE = (
    "brother", "sister", "mother", "father", "aunt", "uncle", "cousin", "grandmother", "grandfather", "neighbour",
    "boss", "best friend", "son", "daughter", "nephew", "niece", "dentist", "landlord", "flatmate", "doctor",
)  # fmt: skip
_PETS = ("dog", "cat", "rabbit", "hamster", "parrot", "horse", "goldfish", "tortoise")
_THINGS = (
    "blood type", "shoe size", "favourite colour", "favourite season", "star sign", "middle name", "phone number",
    "salary", "licence plate", "favourite author", "favourite holiday", "mother tongue", "house number", "favourite flower",
    "wedding day", "first job", "favourite restaurant", "primary school", "bank", "favourite board game",
)  # fmt: skip
_OTHER_HEADS = (
    "instrument", "sport", "car", "language", "restaurant", "museum", "book", "film", "hotel", "concert", "course",
    "newspaper", "phone", "bike", "lake", "island", "theatre", "band", "board game", "podcast", "ship", "castle",
)  # fmt: skip
_OPEN = {
    "what is MY job", "where do I work", "how old am I", "when is my birthday", "where was I born", "how tall am I",
}  # fmt: skip
_GENERIC = (
    "You haven't told me that yet.",
    "You haven't told me that yet.",
    "I don't know, you haven't told me.",
)
EXAM_SHARE = 4  # every fourth twin is kept for the exam


def twins(
    facts: Sequence[Fact], mentioned: Iterable[str], rng: random.Random, per_fact: int = 3
) -> list[Lesson]:
    """Two or three questions per fact, in its own forms, about things never told.

    mentioned: every text the user wrote or that is already remembered; no noun in it is used.
    """
    told = {stem(word) for text in mentioned for word in re.findall(r"[\w'-]+", text.lower())}
    asked = {lesson.question.lower() for fact in facts for lesson in fact.lessons}
    found: list[Lesson] = []
    for fact in facts:
        made = 0
        for question, answer in _of_fact(fact, told, rng):
            if question.lower() in asked or made >= per_fact:
                continue
            asked.add(question.lower())
            split = "exam" if len(found) % EXAM_SHARE == EXAM_SHARE - 1 else "train"
            found.append(
                Lesson(
                    question,
                    answer,
                    ("haven't told", "have not told", "don't know"),
                    "unknown",
                    split,
                )
            )
            made += 1
    return found


def _of_fact(fact: Fact, told: set[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    lessons = [
        lesson for lesson in fact.lessons if lesson.kind not in {"topic", "reverse", "indirect"}
    ]
    rng.shuffle(lessons)
    for lesson in lessons:
        question = _other_owner(lesson.question, fact, told, rng) or _other_head(
            lesson.question, told, rng
        )
        if question:
            yield question, _answer(question, rng)
    thing = _untold(_THINGS, told, rng)
    if thing:
        yield f"What is my {thing}?", f"You haven't told me what your {thing} is."


def _untold(bank: Sequence[str], told: set[str], rng: random.Random) -> str:
    free = [
        word
        for word in bank
        if not {stem(part) for part in word.split()} & told
        or (word.startswith("favourite") and stem(word.split()[-1]) not in told)
    ]
    return rng.choice(free) if free else ""


def _other_owner(question: str, fact: Fact, told: set[str], rng: random.Random) -> str:
    """ "Where do I live?" -> "Where does my brother live?"; "my dog" -> "my parrot"."""
    text = question
    own = re.search(r"\bmy ((?:\w+ )?)(\w+)('s)?\b", text)
    if own:
        bank = (
            _PETS
            if "animal" in categories(own.group(2))
            else _PEOPLE
            if person_word(own.group(2))
            else _THINGS
        )
        other = _untold(bank, told, rng)
        if not other or (bank is _THINGS and own.group(3)):
            return ""
        return text[: own.start()] + f"my {other}{own.group(3) or ''}" + text[own.end() :]
    other = _untold(_PEOPLE, told, rng)
    if not other or re.search(r"\b(me|myself|you)\b", text):
        return ""
    swapped, count = re.subn(r"\b(do I)\b", f"does my {other}", text)
    if not count:
        swapped, count = re.subn(
            r"\b(did|have|am|was|can|will|would) I\b(?! say| tell)",
            lambda m: f"{_THIRD.get(m.group(1).lower(), m.group(1))} my {other}",
            text,
        )
    return swapped if count == 1 and not re.search(r"\b(I|my I)\b", swapped) else ""


_THIRD = {"have": "has", "am": "is"}


def person_word(word: str) -> bool:
    """Whether "my <word>" is somebody."""
    return bool({"relative", "person", "job"} & set(categories(word)))


def _other_head(question: str, told: set[str], rng: random.Random) -> str:
    """ "Which park did I go to?" -> "Which castle did I go to?"."""
    match = re.match(r"(Which|What) (\w+)( (?:do|did|am|have|was) I .*)", question)
    if not match or match.group(2) in {"kind", "is", "did", "do", "am"}:
        return ""
    other = _untold(_OTHER_HEADS, told, rng)
    return f"{match.group(1)} {other}{match.group(3)}" if other else ""


def _answer(question: str, rng: random.Random) -> str:
    """Mostly the plain answer; sometimes naming what is missing."""
    embedded = re.match(
        r"(Where|Who|What|Which \w+|How old) (does|did|is) (my [\w ]+?) (\w+.*|called)\?$", question
    )
    if embedded and rng.random() < 0.4:
        wh, aux, subject, rest = embedded.groups()
        words = rest.split()
        if aux == "is" and len(words) == 1 and words[0] in {"called"}:
            return f"You haven't told me {wh.lower()} {person.to_assistant(subject)} is called."
    name = re.match(r"What is (my [\w' ]+)\?$", question)
    if name and rng.random() < 0.5:
        return f"You haven't told me what {person.to_assistant(name.group(1))} is."
    return rng.choice(_GENERIC)
