"""Modal verbs: what is only possible, wished or promised, and what lasts all the same."""

from __future__ import annotations

from sleep.recall.english import word_set
from sleep.recall.lexicon import categories
from sleep.recall.measures import is_when, measure
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling

_COURTESY = word_set("courtesy")
_MENTAL = word_set("mental")
_SPEECH = word_set("speech")
_SKILLS = word_set("skills")
_TALK_TOPICS = word_set("talk_topics")
_ENDURING = frozenset({"stand", "abide", "bear", "tolerate", "eat", "drink", "digest", "handle"})
_EDIBLE = frozenset({"food", "dish", "drink", "fruit", "vegetable", "fish", "dessert"})


def modal_reason(told: Telling) -> str:
    """Why what is only possible, wished or promised is no fact, or ""."""
    to_come = told.finite == "shall" and told.me and told.lemma in {"be", "go", "visit", "turn"}
    finite = "will" if to_come else told.finite
    if finite == "had" and (told.main == "better" or _opens_with(told, "better")):
        return "advice, not a fact"
    regular = any(word in told.rest.split() for word in ("every", "each", "daily"))
    if finite == "must" and told.me and not told.negated and (_deadline(told) or regular):
        return ""
    if finite == "could" and told.negated and told.lemma in _ENDURING and told.chunks[:1]:
        return ""  # "I never could abide ..."
    if finite in {"could", "may", "might", "should", "shall", "must"}:
        return "possibility, not fact"
    if finite == "would":
        wanting = (
            told.lemma in {"like", "love"} and told.chunks[:1] and told.chunks[0].kind == "verb"
        )
        return (
            ""
            if wanting and told.chunks[0].head not in _COURTESY | _SPEECH | _MENTAL
            else "a wish or politeness"
        )
    if (
        finite == "will"
        and told.me
        and (told.lemma in _COURTESY | _MENTAL | _SPEECH and not _concrete(told))
    ):
        return "a promise in passing"
    food = told.lemma in {"do", "have", "take"} and _EDIBLE & {
        kind for chunk in told.chunks[:1] for kind in categories(chunk.head)
    }
    if finite in {"can", "cannot"} and limited(told):
        return ""
    disliked = told.negated and (told.lemma in _ENDURING or food) and told.chunks[:1]
    soon = any(
        chunk.text == "in" and after.phrase and measure(after.phrase)
        for chunk, after in _pairs(told)
    )
    if finite in {"can", "cannot"} and (soon or not (disliked or _skill(told))):
        return "ability in passing"
    return ""


def _pairs(told: Telling) -> list[tuple[Chunk, Chunk]]:
    """Each preposition with what it governs."""
    pairs = zip(told.chunks, told.chunks[1:], strict=False)
    return [(one, other) for one, other in pairs if one.kind == "prep" and other.phrase is not None]


def limited(told: Telling) -> bool:
    """ "My doctor cannot see me until the 9th", "I can only train on Mondays", "I can't feel my
    toes": what somebody is kept from, and not just now."""
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    kinds = {
        kind for phrase in phrases for token in phrase.tokens for kind in categories(token.low)
    }
    only = "only" in (word.lower() for word in (*told.between, *told.before))
    if told.negated and told.lemma in {"feel", "move", "bend", "lift", "straighten"}:
        return "body" in kinds
    if told.negated and not told.me and _deadline(told):
        return True
    return "weekday" in kinds and (only or (told.negated and told.lemma in {"do", "make", "work"}))


def _deadline(told: Telling) -> bool:
    """ "by Friday", "before 9 March": a day until which something must be done."""
    pairs = zip(told.chunks, told.chunks[1:], strict=False)
    return any(
        before.head in {"by", "before", "until"}
        and chunk.phrase is not None
        and is_when(chunk.phrase, before.head)
        for before, chunk in pairs
    )


def _opens_with(told: Telling, word: str) -> bool:
    opening = (*told.between, *(chunk.text.lower() for chunk in told.chunks[:1]))
    return word in opening


def _skill(told: Telling) -> bool:
    """ "I can swim", "I can speak Greek", "I can't eat nuts": an ability that lasts."""
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    if told.lemma in _SKILLS:
        return True
    kinds = {kind for phrase in phrases for kind in categories(phrase.head)}
    lasting = kinds & {
        "language",
        "instrument",
        "sport",
        "ball game",
        "vehicle",
        "food",
        "drink",
        "dish",
    }
    return bool(lasting) and told.lemma not in _COURTESY | _MENTAL | _SPEECH


def _concrete(told: Telling) -> bool:
    """Whether something definite is promised: a name, or "a ..." that is not just talk."""
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    return any(
        (phrase.names or phrase.first in {"a", "an"}) and phrase.head not in _TALK_TOPICS
        for phrase in phrases
    )


def bare_doing(told: Telling) -> bool:
    """ "I can swim", "I don't drive", "I knit": a skill or habit told by its verb alone."""
    plain = not told.helped or (told.negated and told.finite in {"do", "does"})
    return not told.chunks and (plain or told.finite in {"can", "cannot"})
