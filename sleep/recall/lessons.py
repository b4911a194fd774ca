"""Questions into lessons: frames of address, and whole forms kept back for the exam."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from sleep.memory import Lesson
from sleep.recall import person
from sleep.recall.asking import Ask
from sleep.recall.candidates import Candidate
from sleep.recall.words import GRAMMAR_WORDS

TRAIN_AT_MOST = 12
EXAM_AT_MOST = 3
_FRAMES = (
    "do you remember {}", "can you tell me {}", "do you know {}", "tell me {}", "remind me {}", "I forgot {}",
    "could you remind me {}", "what did I say about {}",
)  # fmt: skip
_STATEMENTS = ("tell me", "remind me", "I forgot")


def lessons(
    asks: Sequence[Ask], answer: str, topic: str, topic_expect: tuple[str, ...], rng: random.Random
) -> tuple[Lesson, ...]:
    """Training and exam lessons of one fact.

    Forms go to either side as a whole, and an exam question's content words are never just those
    of a training question. With too few forms everything is trained but what can be spared.
    """
    groups = _forms(asks)
    if not groups:
        return ()
    exam_forms = _held_out(groups, rng)
    train: list[Lesson] = []
    exam: list[Lesson] = []
    for form, members in groups.items():
        if form in exam_forms:
            first = members[0]
            exam.append(_lesson(person.question(first.direct), answer, first, "exam"))
        else:
            train += [
                _lesson(person.question(member.direct), answer, member, "train")
                for member in members
            ]
    framed = _framed(
        [ask for form, members in groups.items() if form not in exam_forms for ask in members],
        answer,
        rng,
    )
    topics = [
        Lesson(person.question(question), answer, topic_expect, "topic", "train")
        for question in (
            [f"what did I tell you about {topic}", f"what do you know about {topic}"]
            if topic
            else []
        )
    ]
    room = max(TRAIN_AT_MOST - len(topics), 4)
    direct_share = max(room - 3, room * 2 // 3)
    chosen = _spread(train, direct_share, rng)
    chosen += framed[: room - len(chosen)]
    chosen += topics
    taken = {lesson.question.lower() for lesson in chosen}
    exam = [lesson for lesson in exam if lesson.question.lower() not in taken][:EXAM_AT_MOST]
    return tuple(_unique([*chosen, *exam]))


def correction_lessons(candidate: Candidate, old: Sequence[str]) -> tuple[Lesson, ...]:
    """Asked with the old value, the answer is the new statement."""
    found = []
    for word in old[:2]:
        if candidate.naming and candidate.owner != "I":
            question = f"is {candidate.owner} called {word}"
        elif candidate.naming:
            question = f"is my name {word}"
        else:
            continue
        found.append(
            Lesson(
                person.question(question), candidate.text, candidate.answer, "correction", "train"
            )
        )
    return tuple(found)


def _forms(asks: Sequence[Ask]) -> dict[str, list[Ask]]:
    """Asks by form; a form is one set of content words, so that mere prefixes are no new form."""
    groups: dict[str, list[Ask]] = {}
    seen: set[str] = set()
    for ask in asks:
        key = ask.direct.lower().strip()
        if not key or key in seen or not sensible(key):
            continue
        seen.add(key)
        groups.setdefault(_signature(key), []).append(ask)
    return groups


def _signature(question: str) -> str:
    words = re.findall(r"[\w']+", question.lower())
    content = [word for word in words if word not in GRAMMAR_WORDS and word not in {"say", "tell"}]
    wh = next((word for word in words if word in {"who", "where", "when", "how"}), "what")
    return " ".join([wh, *sorted(content)])


def _held_out(groups: dict[str, list[Ask]], rng: random.Random) -> set[str]:
    """Which forms the exam keeps: at most three, never the first, plainest one, and never most of them."""
    others = list(groups)[1:]
    count = min(EXAM_AT_MOST, max(0, (len(groups) - 1) // 2))
    natural = [
        form
        for form in others
        if groups[form][0].form not in {"bare", "name?", "said-subject", "fronted"}
    ]
    kinds: dict[str, list[str]] = {}
    for form in natural:
        kinds.setdefault(groups[form][0].kind, []).append(form)
    chosen: list[str] = []
    while len(chosen) < count and any(kinds.values()):
        for forms in kinds.values():
            if forms and len(chosen) < count:
                chosen.append(forms.pop(rng.randrange(len(forms))))
    return set(chosen)


def _framed(asks: Sequence[Ask], answer: str, rng: random.Random) -> list[Lesson]:
    out = []
    frames = list(_FRAMES[:-1])
    rng.shuffle(frames)
    usable = [ask for ask in asks if ask.embedded]
    for number, ask in enumerate(usable[: len(frames)]):
        question = frames[number].format(ask.embedded)
        ending = "." if question.startswith(_STATEMENTS) else "?"
        text = person.question(question)
        out.append(
            _lesson(
                text[:-1] + ending,
                answer,
                Ask(ask.form, "indirect", "", "", "", ask.expect),
                "train",
            )
        )
        if number == 0 and ask.said:
            out.append(
                _lesson(
                    person.question(ask.said),
                    answer,
                    Ask(ask.form, "indirect", "", "", "", ask.expect),
                    "train",
                )
            )
    return out


def _spread(train: list[Lesson], count: int, rng: random.Random) -> list[Lesson]:
    """At most count lessons: the first ones, then some of each kind."""
    if len(train) <= count:
        return list(train)
    head, tail = train[: count // 2], train[count // 2 :]
    rng.shuffle(tail)
    by_kind: dict[str, list[Lesson]] = {}
    for lesson in tail:
        by_kind.setdefault(lesson.kind, []).append(lesson)
    chosen = list(head)
    while len(chosen) < count:
        for lessons_of_kind in by_kind.values():
            if lessons_of_kind and len(chosen) < count:
                chosen.append(lessons_of_kind.pop())
    return chosen


def _lesson(question: str, answer: str, ask: Ask, split: str) -> Lesson:
    return Lesson(question, answer, ask.expect, ask.kind, split)


def _unique(found: Sequence[Lesson]) -> list[Lesson]:
    seen: set[str] = set()
    out = []
    for lesson in found:
        key = lesson.question.lower()
        if key not in seen:
            seen.add(key)
            out.append(lesson)
    return out


def sensible(question: str) -> bool:
    """Whether a built question is short and whole enough to be asked."""
    words = question.split()
    if not 2 <= len(words) <= 18 or '"' in question.replace('"', "", 2):
        return False
    if re.search(r"\b(\w+) \1\b", question) or re.search(
        r"\b(it|this|them|there|these|those)\b", question
    ):
        return False
    return not re.search(r"\b(and|or|but|,)$", question)
