"""One question, one answer: what happens when several facts of a day answer the same question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sleep.memory import Fact, Lesson
from sleep.recall.asking import Ask
from sleep.recall.candidates import Candidate

# Questions that ask for everything of a kind may be answered by several facts together.
_COLLECTING = ("about", "hobbies", "interests", "free time", "spare time", "for fun", "pastimes",
               "dislike", "favourites", "my taste", "fond of", "my plan", "my goal", "my wish",
               "my dream", "am i planning", "hope to do", "avoid", "not eat or drink")  # fmt: skip
_PLAIN_LIKING = frozenset({"what do i like", "what do i enjoy", "what do i love"})
_MOST_TOGETHER = 3
_MOST_WORDS = 36
_FEWEST = 4  # a fact with fewer questions of its own shares those that others answer too


def drop_shared(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without the questions that several of them would answer differently."""
    claims: dict[str, dict[int, set[str]]] = {}
    for number, one in enumerate(candidates):
        for ask in one.asks:
            expect = {word.lower() for word in ask.expect}
            claims.setdefault(_key(ask.direct), {}).setdefault(number, set()).update(expect)
    own = [
        [ask for ask in one.asks if _keeps(claims, ask, number)]
        for number, one in enumerate(candidates)
    ]
    thin = [number for number, asks in enumerate(own) if len(asks) < _FEWEST]
    needed = {_key(ask.direct) for number in thin for ask in candidates[number].asks}
    return [
        replace(one, asks=tuple(a for a in one.asks if a in asks or _key(a.direct) in needed))
        for one, asks in zip(candidates, own, strict=True)
    ]


def _keeps(claims: dict[str, dict[int, set[str]]], ask: Ask, number: int) -> bool:
    """Whether a candidate may ask this: alone, with all others, or first of those that agree."""
    claimed = claims[_key(ask.direct)]
    if len(claimed) == 1 or _collects(_key(ask.direct)):
        return True
    return number == min(claimed) and bool(set.intersection(*claimed.values()))


def _collects(question: str) -> bool:
    return any(word in question for word in _COLLECTING) or question in _PLAIN_LIKING


def settle(facts: Sequence[Fact]) -> list[Fact]:
    """The facts with no two of their lessons giving different answers to the same question.

    Collecting questions ("What are my hobbies?") get the answers of all facts together, and so do
    those that a fact with hardly another question needs ("What medicine do I take?"); any other
    that several facts claim is too vague to teach and goes.
    """
    claims: dict[str, list[tuple[int, Lesson]]] = {}
    for number, fact in enumerate(facts):
        for lesson in fact.lessons:
            claims.setdefault(_key(lesson.question), []).append((number, lesson))
    alone = [sum(len(claims[_key(one.question)]) == 1 for one in fact.lessons) for fact in facts]
    lessons: list[list[Lesson]] = [[] for _ in facts]
    for key, claimed in claims.items():
        agreed = set.intersection(*({word.lower() for word in one.expect} for _, one in claimed))
        if len({number for number, _ in claimed}) == 1 or (agreed and not _collects(key)):
            lessons[claimed[0][0]].append(claimed[0][1])
        elif _collects(key) or any(alone[number] < _FEWEST for number, _ in claimed):
            together = _together(claimed)
            if together is not None:
                lessons[claimed[0][0]].append(together)
    order = [{_key(lesson.question): k for k, lesson in enumerate(fact.lessons)} for fact in facts]
    return [
        replace(fact, lessons=tuple(sorted(own, key=lambda one, n=n: order[n][_key(one.question)])))  # type: ignore[misc]
        for n, (fact, own) in enumerate(zip(facts, lessons, strict=True))
    ]


def _key(question: str) -> str:
    return question.lower().replace("colour", "color").replace("favourite", "favorite").strip(" ?")


def _together(claimed: Sequence[tuple[int, Lesson]]) -> Lesson | None:
    """One lesson whose answer is the statements of all, as far as they fit in a short reply."""
    answers: list[str] = []
    expect: list[str] = []
    for _, lesson in claimed:
        fits = sum(len(answer.split()) for answer in (*answers, lesson.answer)) <= _MOST_WORDS
        if lesson.answer not in answers and len(answers) < _MOST_TOGETHER and fits:
            answers.append(lesson.answer)
            expect += lesson.expect
    if not answers:
        return None
    first = claimed[0][1]
    return replace(
        first, answer=" ".join(answers), expect=tuple(dict.fromkeys(expect)), split="train"
    )
