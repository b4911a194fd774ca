"""What a noun phrase can be asked for with, and which words answer for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sleep.recall import words as w
from sleep.recall.lexicon import ASK_WITH, SYNONYMS, categories, is_person
from sleep.recall.measures import asked_with, is_when, measure, time_kind
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import QUANTITY_NOUNS, noun_phrase
from sleep.recall.syntax import Chunk
from sleep.recall.tokens import Token

_PLACE_PREPS = frozenset(
    {"in", "at", "to", "near", "on", "from", "into", "around", "through", "outside", "inside", "by",
     "towards", "across"}
)  # fmt: skip


_OF_NO_NAME = frozenset({"food", "ingredient", "dish", "drink", "body", "illness", "clothing"})
_SOME_DAY = frozenset({"one day", "some day"})
_PORTIONS = frozenset({"dose", "weight", "volume"})
_PARTS = frozenset(
    {
        "smell",
        "taste",
        "sound",
        "end",
        "beginning",
        "start",
        "middle",
        "edge",
        "outskirts",
        "top",
        "bottom",
    }
)
_WHERE_PREPS = frozenset({"in", "at", "on", "near", "from", "into", "through", "by", "outside"})


def substance(phrase: NounPhrase) -> NounPhrase | None:
    """What an amount is of: "citalopram" in "20 mg of citalopram", "Spanish" in "a bit of
    Spanish"; None for what is no amount of anything."""
    tokens = phrase.tokens
    if phrase.items or phrase.gerund or tokens[0].possessive:
        return None
    start, end = _amount(phrase)
    if start and end == len(tokens) and not tokens[0].determiner:
        inner = noun_phrase(tokens[:start], 0)  # "metformin | 500mg"
        measured = measure(phrase)
        dosed = measured is not None and measured.kind in _PORTIONS
        return inner if dosed and inner is not None and inner.end == start else None
    quantity = start == 0 and w.noun_lemma(tokens[end - 1].low) in QUANTITY_NOUNS
    if end >= len(tokens) or not (quantity or measure(replace(phrase, tokens=tokens[:end]))):
        return None
    inner = noun_phrase(tokens, end + 1)
    return inner if inner is not None and inner.end == len(tokens) else None


def _amount(phrase: NounPhrase) -> tuple[int, int]:
    """Where the amount begins and ends: "20 mg" of "20 mg of citalopram" and "citalopram 20 mg"."""
    tokens = phrase.tokens
    of = next((k for k, token in enumerate(tokens) if token.low == "of"), len(tokens))
    start = next((k for k, token in enumerate(tokens[:of]) if token.number), 0)
    return (start if of == len(tokens) else 0), of


def amount_words(phrase: NounPhrase) -> tuple[str, ...]:
    """Accepted answers for how much a measure is: the number, and with its unit."""
    found = measure(phrase)
    if found is None:
        return ()
    start, end = _amount(phrase) if substance(phrase) is not None else (0, None)
    amount = answer_words(replace(phrase, tokens=phrase.tokens[start:end]))
    whole = [words for words in amount[:1] if found.number in words]
    return tuple(dict.fromkeys((found.number, *whole)))


def deed_words(done: Chunk, inside: Sequence[Chunk]) -> tuple[str, ...]:
    """Accepted answers for what is done: what it is done to, else the verb ("eat better")."""
    plain = done.text.split()[-1]
    if inside[:1] and inside[0].kind in {"adj", "adv"}:
        return f"{plain} {inside[0].text}", plain
    found: list[str] = []
    for piece in inside:
        phrase = piece.phrase if piece.kind == "np" else None
        if phrase is None or phrase.pronoun or phrase.text.lower() in _SOME_DAY:
            continue
        lasting = measure(phrase)
        if not (is_when(phrase, "on") or (lasting is not None and lasting.kind == "duration")):
            found += answer_words(phrase)
    return tuple(dict.fromkeys(found or (plain, done.head)))


def answer_words(phrase: NounPhrase) -> tuple[str, ...]:
    """Accepted answers for a phrase: its names or the nouns that carry it, item by item."""
    items = phrase.items or (phrase,)
    return tuple(dict.fromkeys(word for item in items for word in _item_words(item)))


def _item_words(item: NounPhrase) -> list[str]:
    inner = substance(item)
    if inner is not None:
        return [*([item.text] if measure(item) is not None else ()), *answer_words(inner)]
    if item.first in {"every", "each"}:
        return [item.text]
    if item.names and not item.gerund and _name_carries(item):
        whole = " of ".join(item.names)
        if len(item.names) == 2 and whole in item.text:
            return [whole, item.names[1]]  # "the University of Coimbra"
        # "Robert's wedding"
        owner = item.names[0].endswith("'s") and not item.tokens[-1].name
        if owner and len(item.names) == 1 and item.tokens[-1].low == item.head:
            at = next(k for k, token in enumerate(item.tokens) if token.possessive and token.name)
            return [" ".join(token.text for token in item.tokens[at:]), item.head]
        owned = len(item.tokens) == 1 or not item.text.endswith("'s")
        own = [name for name in item.names if not name.endswith("'s")]  # no "Phoebe" for her friend
        return [name.removesuffix("'s") if owned else name for name in own or item.names]
    words = _carrying(item)
    if not words:
        return []
    comma = next((k for k, token in enumerate(item.tokens) if token.text == ","), 0)
    if comma and words[0].number and len(item.names) > 1:  # "3 kids, Léa, Noé and Maël"
        return [*_item_words(replace(item, tokens=item.tokens[:comma], names=())), *item.names]
    if item.gerund:
        content = [token for token in words[1:] if not (token.closed or token.low in w.PARTICLES)]
        if not content and item.names:
            return list(item.names)  # "moving back to England"
        content = content or [words[0]]
        return [" ".join(token.text for token in content)]
    measured = measure(item)
    if measured is not None:
        return [" ".join(token.text for token in words), measured.number]
    while len(words) > 1 and words[0].adjective and not words[0].noun:
        words = words[1:]
    found = [" ".join(token.text.strip('"') for token in words)]
    described = (words[0].number or words[0].adjective) and time_kind(item, "on") != "date"
    if len(words) > 1 and described and not (words[-1].closed or words[-1].number):
        found.append(words[-1].text)  # of a date the month alone is no answer
    return found


def _carrying(item: NounPhrase) -> list[Token]:
    """The words of a phrase without article and degree, up to what is only added to it."""
    words = [token for token in item.tokens if token.word or token.title]
    while words and (
        words[0].determiner or words[0].low in w.DEGREE_ADVERBS or words[0].low in {"at", "about"}
    ):
        words = words[1:]
    dated = time_kind(item, "on") == "date"  # "the 4th of July" stays whole
    if len(words) > 2 and [t.low for t in words[:2]] == ["one", "of"]:
        words = [token for token in words[2:] if not token.possessive and not token.determiner]
    if len(item.tokens) > 2 and [t.low for t in item.tokens[:2]] == ["half", "past"]:
        return list(item.tokens)
    if words and words[0].low in _PARTS and len(words) > 2 and words[1].low == "of":
        return words  # "the end of January"
    for cut, token in enumerate(words):
        added = token.preposition or token.low in {"called", "named", "who", "especially"}
        if cut and added and not (dated and token.low == "of"):
            return words[:cut]
    return words


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
        yield f"{prep.text} when", "where-0"
        return
    if prep and prep.head == "since" and is_when(phrase, prep.head):
        yield "since when", "where-0"
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
        if item.names and item.tokens[-1].name and _OF_NO_NAME & set(categories(item.head)):
            continue  # "West Ham" is no ham
        common = _common(item) and not item.gerund and not item.head[:1].isdigit()
        alike = categories(item.text) == categories(item.head)  # "cross country" is no country
        head = item.head if common and alike else ""
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
    if not heads or heads[-1] == 0 or phrase.names or phrase.tokens[-1].number:
        return ""
    previous = tokens[heads[-1] - 1]
    if previous.determiner or previous.number or previous.closed:
        return ""
    return phrase.head
