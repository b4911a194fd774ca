""" "Not told" twins: the same questions about people and things the user never spoke of."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence

from sleep.memory import Fact, Lesson
from sleep.recall import person
from sleep.recall import words as w
from sleep.recall.english import table
from sleep.recall.lexicon import categories, is_person

_BANKS = table("untold")
_PEOPLE: tuple[str, ...] = tuple(_BANKS["people"].split())
_PETS: tuple[str, ...] = tuple(_BANKS["pets"].split())
_HEADS: tuple[str, ...] = tuple(_BANKS["heads"].split())
_THINGS: tuple[str, ...] = tuple(_BANKS["things"])
_PLAIN = (
    "You haven't told me that yet.",
    "You haven't told me that yet.",
    "I don't know, you haven't told me.",
)
_EXPECT = ("haven't told", "have not told", "don't know")
_EXAM_SHARE = 4  # every fourth twin is kept for the exam
_THIRD = {"have": "has", "am": "is"}


def twins(
    facts: Sequence[Fact], mentioned: Iterable[str], rng: random.Random, per_fact: int = 4
) -> list[Lesson]:
    """Up to `per_fact` questions per fact, in its own forms, about things never told.

    mentioned: every text the user wrote or that is already remembered; no noun in it is used, nor
    any that the facts are asked with ("boss" where the manager was told).
    """
    asked = {lesson.question.lower() for fact in facts for lesson in fact.lessons}
    words = [word for text in (*mentioned, *asked) for word in re.findall(r"[\w'-]+", text.lower())]
    told = {w.stem(word) for word in words}
    general = _general(told, rng)
    found: list[Lesson] = []
    for fact in facts:
        own = _of_fact(fact, told, rng)
        made = 0
        for question, answer in _alternating(own, general, len(found)):
            if question.lower() in asked:
                continue
            asked.add(question.lower())
            split = "exam" if len(found) % _EXAM_SHARE == _EXAM_SHARE - 1 else "train"
            found.append(Lesson(question, answer, _EXPECT, "unknown", split))
            made += 1
            if made >= per_fact:
                break
    return found


def _alternating(
    own: Iterator[tuple[str, str]], general: Iterator[tuple[str, str]], turn: int
) -> Iterator[tuple[str, str]]:
    """Five of the facts' own forms for each general question."""
    while True:
        item = next(general if turn % 6 == 5 else own, None) or next(general, None)
        if item is None:
            return
        turn += 1
        yield item


def _of_fact(fact: Fact, told: set[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    lessons = [one for one in fact.lessons if one.kind not in {"topic", "reverse", "correction"}]
    rng.shuffle(lessons)
    for lesson in lessons:
        if re.search(r"\s(?!I\b)[A-Z0-9]", lesson.question.replace(fact.subject, "")):
            continue  # it names what only the user's own fact is about
        question = _other_owner(lesson.question, fact.subject, told, rng)
        question = question or _other_head(lesson.question, told, rng)
        if question:
            yield question, _answer(question, rng)


def _general(told: set[str], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Questions anybody may ask about themselves and has not answered here."""
    items = [
        (f"What is my {thing}?", f"You haven't told me what your {thing} is.")
        for thing in _THINGS
        if _free(thing, told)
    ]
    items += [
        (entry["question"], f"You haven't told me {entry['missing']}.")
        for entry in _BANKS["open"]
        if not {w.stem(word) for word in entry["about"].split()} & told
    ]
    rng.shuffle(items)
    yield from items


def _free(thing: str, told: set[str]) -> bool:
    stems = {w.stem(word) for word in thing.split()}
    return not (stems - {"favourite"}) & told


def _draw(bank: Sequence[str], told: set[str], rng: random.Random) -> str:
    free = [word for word in bank if w.stem(word) not in told]
    return rng.choice(free) if free else ""


def _other_owner(question: str, subject: str, told: set[str], rng: random.Random) -> str:
    """ "Where do I live?" -> "Where does my brother live?"; "my dog" -> "my parrot"."""
    if subject != "I" and not {"favourite", "favorite", "birthday"} & set(subject.split()):
        owner = " ".join(
            word
            for k, word in enumerate(subject.replace("our ", "my ").split())
            if not (k and word[0].isupper())
        )
        head = owner.split()[-1].removesuffix("'s")
        bank = _PETS if "animal" in categories(head) else _PEOPLE if is_person(head) else ()
        other = _draw(bank, told, rng)
        if not other or len(re.findall(rf"\b{re.escape(owner)}\b", question)) != 1:
            return ""
        swapped = re.sub(rf"\b{re.escape(owner)}\b(?: [A-Z]\w+)?", f"my {other}", question, count=1)
        return swapped[0].upper() + swapped[1:]
    other = _draw(_PEOPLE, told, rng)
    first_person = re.findall(r"\b(?:I|me|my|myself|you)\b", question)
    if not other or len(first_person) != 1:
        return ""
    if first_person[0] in {"my", "me"}:
        whose = "'s" if first_person[0] == "my" else ""
        return re.sub(r"\b(?:my|me)\b", f"my {other}{whose}", question, count=1)
    swapped = re.sub(r"\bdo I\b", f"does my {other}", question)
    return (
        re.sub(
            r"\b(did|have|am|was|can|will|would) I\b",
            lambda m: f"{_THIRD.get(m.group(1), m.group(1))} my {other}",
            swapped,
        )
        if " I " in swapped
        else swapped
        if swapped != question
        else ""
    )


def _other_head(question: str, told: set[str], rng: random.Random) -> str:
    """ "Which park did I go to?" -> "Which castle did I go to?"."""
    match = re.match(r"(Which|What) (\w+)( (?:do|did|am|have|was) I .*)", question)
    if (
        not match
        or len(question.split()) > 8
        or " my " in question
        or match.group(2) in {"kind", "is", "did", "do", "am", "name"}
    ):
        return ""
    other = _draw(_HEADS, told, rng)
    return f"{match.group(1)} {other}{match.group(3)}" if other else ""


def _answer(question: str, rng: random.Random) -> str:
    """Mostly the plain answer; sometimes naming what is missing."""
    name = re.match(r"What(?: is|'s) (my [\w' ]+)\?$", question)
    called = re.match(r"What is (my [\w ]+) called\?$", question)
    does = re.match(r"(Where|What|Who) does (my \w+) (\w+)((?: \w+)?)\?$", question)
    verbal = name is not None and name.group(1).endswith("ing")
    if name and (verbal or set(name.group(1).split()) & w.PREPOSITIONS):
        name = None
    if rng.random() < 0.5:
        if called:
            return f"You haven't told me what {person.to_assistant(called.group(1))} is called."
        if name:
            return f"You haven't told me what {person.to_assistant(name.group(1))} is."
        if does:
            wh, who, verb, rest = does.groups()
            form = w.inflect(verb, "VBZ")
            return f"You haven't told me {wh.lower()} {person.to_assistant(who)} {form}{rest}."
    return rng.choice(_PLAIN)
