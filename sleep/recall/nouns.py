"""What a noun phrase can be asked for with, and which words answer for it."""

from __future__ import annotations

from collections.abc import Iterator

from sleep.recall import words as w
from sleep.recall.lexicon import ASK_WITH, SYNONYMS, categories, is_person
from sleep.recall.measures import asked_with, is_when, measure, time_kind
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk

_PLACE_PREPS = frozenset(
    {"in", "at", "to", "near", "on", "from", "into", "around", "through", "outside", "inside", "by",
     "towards", "across"}
)  # fmt: skip


_WHERE_PREPS = frozenset({"in", "at", "on", "near", "from", "into", "through", "by", "outside"})


def answer_words(phrase: NounPhrase) -> tuple[str, ...]:
    """Accepted answers for a phrase: its names or the nouns that carry it, item by item."""
    found: list[str] = []
    for item in phrase.items or (phrase,):
        if item.first in {"every", "each"}:
            found.append(item.text)
            continue
        if item.names and not item.gerund and _name_carries(item):
            found += [name.removesuffix("'s") for name in item.names]
            continue
        words = [token for token in item.tokens if token.word or token.title]
        while words and (
            words[0].determiner
            or words[0].low in w.DEGREE_ADVERBS
            or words[0].low in {"at", "about"}
        ):
            words = words[1:]
        for cut, token in enumerate(words):
            if cut and (token.preposition or token.low in {"called", "named", "who", "especially"}):
                words = words[:cut]
                break
        if not words:
            continue
        if item.gerund:
            content = [t for t in words[1:] if not t.closed] or [words[0]]
            found.append(" ".join(t.text for t in content))
            continue
        measured = measure(item)
        if measured is not None:
            found += [" ".join(token.text for token in words), measured.number]
            continue
        while len(words) > 1 and words[0].adjective and not words[0].noun:
            words = words[1:]
        found.append(" ".join(token.text.strip('"') for token in words))
        if len(words) > 1 and not words[-1].closed and (words[0].number or words[0].adjective):
            found.append(words[-1].text)
    return tuple(dict.fromkeys(found))


def _name_carries(item: NounPhrase) -> bool:
    lowered = [token for token in item.tokens if token.word and not token.closed and not token.name]
    return (
        item.named or not lowered or item.tokens[0].possessive or any(t.title for t in item.tokens)
    )


def wh_words(phrase: NounPhrase, prep: Chunk | None) -> Iterator[tuple[str, str]]:
    """(wh-phrase, form) pairs a noun phrase can be asked for with."""
    heads = class_nouns(phrase)
    person = is_person(phrase.head) and not phrase.gerund
    if prep is not None and prep.head == "with" and phrase.names and not categories(phrase.head):
        person = phrase.text == phrase.names[0]
    place = prep is not None and prep.head in _PLACE_PREPS and not person and _placelike(phrase)
    if prep and prep.head in {"until", "till"} and is_when(phrase, prep.head):
        yield "until when", "where-until"
        return
    if prep and is_when(phrase, prep.head):
        for number, wh in enumerate(asked_with(time_kind(phrase, prep.head)) or ["when"]):
            yield wh, f"where-{number}"
        return
    if place:
        yield "where", "where"
        if not heads:
            yield "which place", "place"
    elif person:
        yield "who", "who"
        yield "which person", "person"
    else:
        yield "what", "what"
    if prep is not None and prep.head in _WHERE_PREPS and not place:
        heads = []  # "in the water": nobody asks "in which drink"
    for number, head in enumerate(heads[:3]):
        yield f"{'which' if number % 2 == 0 else 'what'} {head}", f"which-{number}"
    kind = kind_of(phrase)
    if kind:
        yield f"what kind of {kind}", "kind"


def _placelike(phrase: NounPhrase) -> bool:
    found = set(categories(phrase.head)) | set(categories(phrase.text.split(",")[0]))
    if found & {"place", "city", "country"}:
        return True
    return bool(phrase.names) and not found


def class_nouns(phrase: NounPhrase) -> list[str]:
    """Nouns to ask "which ..." with.

    The phrase's own head when a name tells it from others ("which park"), else its category
    ("which instrument"); for lists those of all items, four at most.
    """
    found: list[str] = []
    for item in phrase.items or (phrase,):
        if item.gerund and len(item.tokens) > 1:
            continue  # "playing piano" is no instrument; frames ask what is played
        head = item.head if _common(item) and not item.gerund else ""
        modified = len([token for token in item.tokens if token.word and not token.closed]) > 1
        singular = w.noun_lemma(head)
        if head and not phrase.items and (phrase.named or (phrase.names and modified)):
            found += [head, *([SYNONYMS[singular]] if singular in SYNONYMS else [])]
            if phrase.named:
                continue
        whole = not (item.named or item.tokens[-1].title or any(t.preposition for t in item.tokens))
        for category in categories(item.text if whole else item.head)[:1]:
            asks = ASK_WITH[category]
            general = singular in asks or SYNONYMS.get(singular) in asks
            if category not in {"person", "relative", "place"} and not general:
                found += asks
    return list(dict.fromkeys(found))[:4]


def _common(item: NounPhrase) -> bool:
    """Whether the head is an ordinary noun ("park" of Green Meadow Park), not a name itself."""
    named = any(token.name and token.low == item.head for token in item.tokens)
    if not named:
        return True
    return bool(w.lemmas(item.head, "NOUN")) and (
        bool(categories(item.head)) or item.head in w.TIME_NOUNS
    )


def kind_of(phrase: NounPhrase) -> str:
    """The noun for "what kind of ...": a common head that another word describes."""
    if phrase.items or phrase.gerund or phrase.named or phrase.tokens[0].possessive:
        return ""
    tokens = [token for token in phrase.tokens if token.word]
    heads = [k for k, token in enumerate(tokens) if token.low == phrase.head]
    if not heads or heads[-1] == 0 or phrase.names:
        return ""
    previous = tokens[heads[-1] - 1]
    if previous.determiner or previous.number or previous.closed:
        return ""
    return phrase.head
