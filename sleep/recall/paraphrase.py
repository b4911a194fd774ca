"""More wordings by the model: questions reworded, kept when samples agree and the round trip holds.

Two samples that word a question in the same new way are the cheapest sign that a model can do this
at all: a 135M model seldom agrees with itself and is soon asked no more, larger ones often do.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from sleep.memory import Fact, Lesson
from sleep.recall.filters import answers, rewording
from sleep.recall.model import ReadingModel
from sleep.recall.words import content_stems

SAMPLES = 6
AGREEING = 2
AT_MOST = 3  # new wordings a fact
RIVALS = 3  # other facts that compete in the round trip
TRIAL = 4  # facts after which the yield is looked at
MIN_YIELD = 0.3  # kept wordings a fact, below which the model is asked no more
_MAX_TOKENS = 18
_PROMPT = """Ask the same question in other words.

Question: Where does my uncle work?
In other words: What is my uncle's workplace?

Question: What is my cat called?
In other words: Which name did I give my cat?

Question: What do I eat for breakfast?
In other words: Which food do I have in the morning?

Question: {}
In other words:"""


def add_paraphrases(
    facts: Sequence[Fact],
    model: ReadingModel,
    rng: random.Random,
    progress: Callable[[int, int], None],
) -> list[Fact]:
    """The facts with model-made training questions added, as long as the model is good at it."""
    taken = {lesson.question.lower() for fact in facts for lesson in fact.lessons}
    out: list[Fact] = []
    kept = 0
    for number, fact in enumerate(facts):
        if number >= TRIAL and kept < MIN_YIELD * number:
            out += facts[number:]
            break
        rivals = [other.text for other in facts if other is not fact]
        found = _reword(fact, model, rng.sample(rivals, min(RIVALS, len(rivals))), taken, rng)
        kept += len(found)
        out.append(replace(fact, lessons=(*fact.lessons, *found)))
        progress(number + 1, len(facts))
    return out


def _sense(question: str) -> tuple[str, frozenset[str]]:
    """The question word and the words that carry meaning: what two wordings must share."""
    words = question.strip().lower().split()
    return (words[0] if words else "", content_stems(question))


def _reword(
    fact: Fact, model: ReadingModel, rivals: list[str], taken: set[str], rng: random.Random
) -> list[Lesson]:
    plain = [one for one in fact.lessons if one.kind in {"direct", "which", "name", "frame"}]
    sources = [one for one in plain if one.split == "train" and one.answer == fact.text]
    if not sources:
        return []
    source = rng.choice(sources[:3])
    samples = model.sample(_PROMPT.format(source.question), SAMPLES, _MAX_TOKENS, "\n", 0.8)
    votes = Counter(_sense(sample) for sample in samples)
    found: list[Lesson] = []
    for sample in dict.fromkeys(samples):
        question = sample.strip()
        if question.lower() in taken or len(found) >= AT_MOST or votes[_sense(sample)] < AGREEING:
            continue
        if not rewording(question, source.question, fact.text, source.expect):
            continue
        if answers(model, question, fact.text, rivals):
            taken.add(question.lower())
            found.append(replace(source, question=question, kind="paraphrase"))
    return found
