"""What is over by tomorrow: small happenings, errands and states that pass, and what leans on
something said before."""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import is_when, measure
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk, Clause
from sleep.recall.telling import Telling
from sleep.recall.tokens import Token

_TRIFLES = word_set("trifles", "passing")
_MOMENTS = word_set("moments", "passing")
_SMALL_ILLS = word_set("small_ills", "passing")
_OUT_OF_ORDER = word_set("out_of_order", "passing")
_UNDER_WAY = word_set("under_way", "passing")
_STANDING_DUTIES = word_set("standing_duties", "passing")
_LEFT_UNDONE = word_set("left_undone", "passing")
_SMALL_DEEDS = word_set("small_deeds", "passing")
_VERDICTS = word_set("verdicts")
_MENTAL = word_set("mental")
_WHOLE_DAY = re.compile(
    r"^(?:(?:the|my|all|half) )*(?:whole |entire |rest )?(?:of )?(?:the )?"
    r"(?:day|morning|afternoon|evening|night|weekend|hour)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:of|about|with|for|on|to|at) (?:it|them|that|this|those|these)$|"
    r"\bof (?:that|this|those|these) (?!year|month|week)|^(?:something|anything|"
    r"everything|it|that|this|those|ones?)$|^one of (?:those|these)\b",
    re.IGNORECASE,
)
_REGAINED = frozenset({"voice", "temper", "appetite", "way", "patience", "mind", "place", "cool"})
_LETTERS = frozenset({"letter", "email", "text", "message", "note", "card", "postcard", "invoice"})
_STOCK = frozenset({"food", "drink", "dish", "fruit", "vegetable", "ingredient", "spice", "herb"})


def passing_reason(told: Telling, clause: Clause) -> str:
    """Why the telling will soon be wrong or say nothing, or "" when it lasts."""
    named = clause.subject.first == "we" and told.helped and told.main in {"called", "named"}
    if named:
        return "nobody knows who or what it is about"
    if _leans(told):
        return "leans on something said before"
    if _says_little(told):
        return "says too little to ask about"
    if _happening(told) or (_correspondence(told) and not told.copula):
        return "an event of the day"
    if _errand(told):
        return "an errand"
    return "a passing state" if _soon_over(told) else ""


def _phrases(told: Telling) -> list[NounPhrase]:
    return [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]


def _leans(told: Telling) -> bool:
    """ "a good person about it", "three of them", "something", "forty" without of what; but not
    "a van with a sink in it"."""
    joined = _joined(told.chunks)
    itself = next((k for k, chunk in enumerate(joined) if chunk.text.startswith("with ")), None)
    if told.lemma == "have" and not told.me:
        itself = 1  # "my car has 80,000 miles on it"
    if any(_LEANING.search(chunk.text) for chunk in joined[:itself]):
        return True
    first = told.chunks[0] if told.chunks else None
    one = told.copula and first is not None and first.head in {"one", "ones"}
    if one and first is not None and first.phrase is not None and not _age(first.phrase):
        return True
    if first is None or first.phrase is None or told.lemma not in {"have", "get", "keep", "grow"}:
        return False
    bare = all(token.number or not token.noun for token in first.phrase.tokens)
    counted = any(token.number for token in first.phrase.tokens)
    return bare and counted and not told.helped and measure(first.phrase) is None


def _says_little(told: Telling) -> bool:
    """ "I am not going", "some sort of rot", "we get on better (than) when we were married"."""
    first = told.chunks[0] if told.chunks else None
    if first is None:
        return told.finite in {"is", "are"} and told.main.lower() in _VERDICTS
    verbs = [chunk for chunk in told.chunks if chunk.kind != "adv"]
    going = told.copula and len(verbs) == 1 and verbs[0].kind == "verb"
    compared = not told.past and any(
        chunk.head in {"when", "while"} and re.search(r"\b(?:was|were|had)\b", chunk.text)
        for chunk in told.chunks
        if chunk.kind == "clause"
    )
    kind = first.phrase if told.copula and told.human and not told.me else None
    if kind is not None and "animal" in categories(kind.head):
        return True  # "he was a deerhound", and who "he" is was not understood
    best = first.phrase if told.copula and told.human else None
    if best is not None and best.first == "the" and any(_superlative(t) for t in best.tokens[1:]):
        return True  # "the politest kid in Michigan"
    vague = first.text.lower().startswith(("some sort of", "some kind of"))
    return vague or (not told.helped and (compared or (going and "to " not in verbs[0].text)))


def _superlative(token: Token) -> bool:
    return token.low.endswith("est") and (token.adjective or not w.lemmas(token.low, "NOUN"))


def _joined(chunks: tuple[Chunk, ...]) -> list[Chunk]:
    """The chunks, each preposition with what it governs; a clause speaks for itself."""
    found: list[Chunk] = []
    for chunk in chunks:
        if found and found[-1].kind == "prep" and chunk.kind == "np":
            found[-1] = Chunk("prep", f"{found[-1].text} {chunk.text}", chunk.head)
        elif chunk.kind != "clause":
            found.append(chunk)
    return found


def _correspondence(told: Telling) -> bool:
    """ "I've written him a letter", "I sent the text"."""
    heads = {phrase.head for phrase in _phrases(told)}
    return told.lemma in {"write", "send", "post"} and bool(heads & _LETTERS)


def _happening(told: Telling) -> bool:
    """ "He rang from Leeds", "we had a row", "I spent the whole day on hold"."""
    if not told.past or told.copula or (told.helped and told.finite != "did"):
        return False
    if told.lemma == "call" and told.chunks[:1] and told.chunks[0].text.lower() in {"me", "us"}:
        return True  # "he called me sir"
    if told.main.lower() == "used":
        return told.chunks[:1] != () and told.chunks[0].head in _MENTAL
    first = told.chunks[0] if told.chunks else None
    into = f"{told.lemma}_{first.head}" if first is not None else ""
    if {told.lemma, into} & _TRIFLES or f"{told.lemma}_{told.particle}" in _TRIFLES:
        return True
    thing = first.phrase if first is not None else None
    if told.lemma == "spend" and thing is not None and _WHOLE_DAY.match(thing.text):
        return True
    if told.lemma == "have" and thing is not None:
        return thing.head in _MOMENTS and not thing.names
    return False


def _errand(told: Telling) -> bool:
    """ "I need to write a card", "I had to leave the room": done once, and no lasting duty."""
    first = told.chunks[0] if told.chunks else None
    must = told.lemma in {"need", "have", "get"} and not told.helped and not told.negated
    if must and first is not None and first.text == "to":
        return True  # "to" and a verb that no dictionary has
    if not must or first is None or first.kind != "verb" or not first.text.startswith("to "):
        return False
    heads = [chunk.head for chunk in told.chunks[:2]]
    if "_".join(heads) in _STANDING_DUTIES or (heads[0] in _STANDING_DUTIES and not told.past):
        return False
    before = ("", *(chunk.head for chunk in told.chunks))
    return not any(
        chunk.phrase is not None and (is_when(chunk.phrase, head) or chunk.phrase.first == "every")
        for head, chunk in zip(before, told.chunks, strict=False)
    )


def _soon_over(told: Telling) -> bool:
    """Whether it is true for an hour or a week, or was so once."""
    first = told.chunks[0] if told.chunks else None
    if first is None:
        return False
    phrase = first.phrase
    if told.past and told.main.lower() == "going" and first.kind == "verb":
        return True  # "I was going to run the marathon"
    if told.helped and told.finite in {"am", "is", "are"}:
        return _under_way_now(told, first)
    if told.lemma == "want" and phrase is not None and len(told.chunks) == 1:
        some = phrase.tokens[0].determiner or phrase.tokens[0].number or phrase.names
        return phrase.first == "another" or not some
    present = not told.past and not told.negated
    if told.lemma == "lose" and phrase is not None and phrase.head in _REGAINED:
        return True
    if told.lemma == "have" and any(
        c.text.startswith("in the next ") for c in _joined(told.chunks)
    ):
        return True
    if told.lemma in {"have", "get"} and phrase is not None and not told.helped and present:
        return phrase.head in _SMALL_ILLS or (told.me and _in_stock(phrase))
    if told.helped and told.finite in {"have", "has"}:
        return _undone(told, phrase)
    if told.copula and told.me and present and first.kind == "prep" and first.head in {"on", "in"}:
        where = told.chunks[1].phrase if len(told.chunks) == 2 else None
        return where is not None and where.head in _UNDER_WAY
    if told.copula and first.kind == "adj" and present and not told.human:
        return first.head in _OUT_OF_ORDER and "body" not in categories(told.phrase.head)
    if told.copula and told.past and phrase is not None and (told.me or told.human):
        return len(told.chunks) == 1 and _age(phrase)
    if told.lemma == "have" and told.negated and phrase is not None and phrase.first == "the":
        return True  # "I haven't the heart"
    return told.lemma in {"be", "stay", "remain", "look"} and first.text == "the same"


def _under_way_now(told: Telling, first: Chunk) -> bool:
    """ "My mum is visiting", "I'm trying to be calm", "we're doing Brahms", "he'll call"."""
    main = told.main.lower()
    if main == "stuck":
        return True
    before = ("", *(chunk.head for chunk in told.chunks))
    dated = any(
        chunk.phrase is not None and head != "for" and is_when(chunk.phrase, head)
        for head, chunk in zip(before, told.chunks, strict=False)
    )
    if main == "trying":
        return first.head == "be"
    if main == "going" and first.kind == "verb":
        return first.head in _SMALL_DEEDS and not dated
    if main == "visiting" or (main == "staying" and first.head == "for"):
        return not (told.me or dated)
    bare = first.phrase is not None and not first.phrase.tokens[0].determiner
    known = first.phrase is not None and categories(first.phrase.head)
    return main == "doing" and bare and not known and len(told.chunks) == 1


def _in_stock(phrase: NounPhrase) -> bool:
    """ "I have ginger and honey": what is in the cupboard today."""
    items = phrase.items or (phrase,)
    edible = any(_STOCK & set(categories(item.head)) for item in items)
    return edible and not any(
        item.names or is_person(item.head) or item.tokens[0].possessive or _alive(item)
        for item in items
    )


def _alive(item: NounPhrase) -> bool:
    return bool({"animal", "illness"} & set(categories(item.head))) or item.head == "allergy"


def _undone(told: Telling, phrase: NounPhrase | None) -> bool:
    """ "I haven't seen them (since summer)", "it has been a week", "I have skipped four weeks"."""
    never = "never" in (*told.before, *told.between)
    heads = {chunk.head for chunk in told.chunks if chunk.kind == "prep"}
    if told.lemma == "be":
        return phrase is not None and w.is_time(phrase.head) and not (told.me or told.human)
    if told.lemma in {"skip", "miss"}:
        return True
    part = phrase is not None and phrase.first in {"half", "about"}
    if part and told.lemma in {"make", "do", "finish", "write", "read"}:
        return True
    return told.negated and not never and told.lemma in _LEFT_UNDONE and "for" not in heads


def _age(phrase: NounPhrase) -> bool:
    """ "I was forty", which is no age of today."""
    return all(token.number for token in phrase.tokens if token.word)
