"""Pieces of a sentence that go on with what is told before them: "I used to box, won a cup",
"my wife is a vet, works in Graz", "I coach hockey, Tuesdays after school"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.frames import job
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import is_when, measure, time_kind
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_list, noun_phrase
from sleep.recall.syntax import Clause
from sleep.recall.tokens import Token, join, tokenise

_LASTING_STARTS = word_set("lasting_starts")
_LASTING_DOINGS = word_set("lasting_doings")
_GOING = frozenset({"move", "grow", "retire", "start", "go", "come", "graduate", "serve"})
_REGULAR = frozenset({"since", "for", "at", "from", "on", "every", "each", "until", "till", "by"})


_HEDGE = re.compile(r"^(?:probably|most likely|likely|hopefully|so|that is|i\.e\.) (?=\w)")
_PLACE = re.compile(
    r"^(?:in|at|near|outside|just outside|out in|over in) (?:the )?[A-Z][\w'-]*(?: [A-Z][\w'-]*)*$"
)
_MOSTLY = re.compile(r"^(?:mostly|mainly|primarily|chiefly) (.+)$")
_SO_FAR = re.compile(r"^(?:about |around |nearly )?[€$£]?\d[\d,.]*k?(?: \w+)? so far$")
_HAD = frozenset(
    {"have", "own", "buy", "get", "inherit", "drive", "rent", "adopt", "find", "keep", "ride"}
)


def where_said(piece: str) -> str:
    """ "We're getting married in May, in Mississauga": a piece that only says where, or ""."""
    place = re.sub(r"^(?:mostly|mainly|chiefly|largely) ", "", piece)
    return place if _PLACE.match(place) else ""


def continued(piece: str, clause: Clause) -> Iterator[str]:
    """What a piece says of the thing that the user's clause before it was about: "I collect vinyl,
    mainly soul", "I inherited a watch, an Omega", "we have twins on the way, due in October"."""
    tokens = tokenise(f"x {piece}")[1:]
    thing = clause.chunks[0].phrase if clause.chunks else None
    at = any(chunk.phrase and "company" in categories(chunk.phrase.head) for chunk in clause.chunks)
    if at and all(token.name for token in tokens) and clause.verb.lemma in {"be", "work"}:
        yield f"I work at {piece}"
    mostly = _MOSTLY.match(piece)
    plain = not (clause.verb.helped or clause.verb.negated or clause.verb.lemma in {"be", "think"})
    if mostly and plain:
        yield f"I {clause.verb.main.lower()} {clause.verb.particle} {piece}".replace("  ", " ")
    if clause.verb.lemma == "save" and _SO_FAR.match(piece):
        yield f"I have saved {piece.removesuffix(' so far')}"
    yield from ailment(piece)
    whole = noun_phrase([Token("x"), *tokens], 1)
    if thing is None or thing.pronoun or thing.items or clause.verb.negated or len(tokens) < 2:
        return
    noun = " ".join(token.text for token in thing.tokens if not token.determiner)
    had = clause.verb.lemma in _HAD and not is_person(thing.head) and not thing.gerund
    if tokens[0].low == "due" and tokens[1].preposition:
        yield f"My {noun} {'are' if w.is_plural(thing.head) else 'is'} {piece}"
    elif had and tokens[0].low in {"a", "an"} and not w.is_plural(thing.head):
        alone = whole is not None and whole.end > len(tokens) - 4
        if alone and whole is not None and not (is_person(whole.head) or measure(whole)):
            yield f"My {thing.head} is {piece}"


def is_due(piece: str, subject: NounPhrase) -> Iterator[str]:
    """ "My thesis is on bats, due in May": when a thing of one's own has to be done."""
    words = piece.split()
    if len(words) > 2 and words[0] == "due" and words[1] in w.PREPOSITIONS:
        yield f"{subject.text} {'are' if w.is_plural(subject.head) else 'is'} {piece}"


def ailment(piece: str) -> Iterator[str]:
    """ "My eyesight is failing, macular degeneration": what one has."""
    if "illness" in categories(piece) and len(piece.split()) < 4:
        yield f"I have {piece}"


def when_said(piece: str) -> str:
    """ "I coach hockey, Tuesdays after school": a piece that only says when, to go with what is
    told before it; "" for any other."""
    tokens = tokenise(f"x {_HEDGE.sub('', piece)}")[1:]
    governed = tokens[0].preposition
    phrase = noun_list(tokens, 1 if governed else 0)
    if phrase is None or phrase.pronoun:
        return ""
    weekly = any("weekday" in categories(token.low) for token in phrase.tokens)
    dated = not governed and time_kind(phrase, "on") == "date"
    regular = weekly or tokens[0].low in _REGULAR
    if not dated and not (regular and is_when(phrase, tokens[0].low)):
        return ""
    rest = tokens[phrase.end :]
    if rest and not (rest[0].preposition and len(rest) < 6):
        return ""
    text = join([token.text for token in tokens])
    return text if governed or phrase.first in {"every", "each", "due"} else f"on {text}"


def employed(tokens: list[Token], lowered: str) -> Iterator[str]:
    start = 1 if tokens[0].low in {"a", "an"} else 0
    phrase = noun_phrase([Token("x"), *tokens], 1)
    if phrase is None or not job(phrase) or phrase.plural or tokens[start].determiner:
        return
    following = tokens[phrase.end - 1] if phrase.end - 1 < len(tokens) else Token("")
    along = following.low == "with" and tokens[-1].name  # "physio with Karim" is an appointment
    if following.low in {"at", "in", "for", "from", "by", "with", "since"} and not along:
        article = "" if start else "an " if lowered[0] in "aeiou" else "a "
        yield f"I am {article}{lowered}"


def is_other(subject: NounPhrase) -> bool:
    return subject.first in w.PERSON_PRONOUNS or is_person(subject.head) or bool(subject.names)


def regularly(tokens: list[Token]) -> str:
    """ "footy Thursday nights", "choir on Tuesdays at 7": what one has at a time of the week."""
    at = next((k for k, token in enumerate(tokens) if "weekday" in categories(token.low)), 0)
    end = at - 1 if at and tokens[at - 1].low in {"on", "every"} else at
    figures = any(token.number for token in tokens[:end])
    said = end and tokens[0].low not in w.INTERJECTIONS and not figures
    thing = noun_phrase([Token("my"), *tokens[:end]], 0) if said else None
    plain = thing is not None and thing.end == end + 1 and not thing.names
    if thing is None or not plain or end > 3 or is_person(thing.head) or w.is_time(thing.head):
        return ""
    when = when_said(join([token.text for token in tokens[end:]]))
    days = sum("weekday" in categories(token.low) for token in tokens)
    plural = tokens[at].low.endswith("s") or tokens[-1].low.endswith("s")
    repeated = plural or "every" in when or days > 1
    return (
        f"I have {join([token.text for token in tokens[:end]])} {when}" if when and repeated else ""
    )


_NAME = re.compile(r"(?:the |his |her |its )?name(?: is)? ([A-Z][a-z]+)")


def of_another(piece: str, subject: NounPhrase) -> Iterator[str]:
    """ "My wife is a vet, works in Graz", "The dog is a pug, name Bim": of whom was spoken."""
    lively = is_other(subject) or "animal" in categories(subject.head)
    tokens = tokenise(piece)
    if not lively or len(tokens) < 2:
        return
    named = _NAME.fullmatch(piece)
    if named:
        yield f"{subject.text} is called {named.group(1)}"
    first, following = tokens[0], tokens[1]
    be = first.low in {"is", "was", "has"} or _moved(tokens)
    leads_on = following.preposition or following.determiner or following.name or following.number
    if be or (first.verb("VBZ") and (leads_on or not first.noun)):
        yield f"{subject.text} {piece[0].lower()}{piece[1:]}"


_ALSO = re.compile(
    r"^(?:(?:and|but) )?((?:also |never |always |usually |do not |can not |cannot )?"
    r"(?:hate|love|adore|enjoy|prefer|own|play|collect|drive|speak|teach|stand|work|live|study|wear)"
    r" (?!(?:is|are|was|will|can|has)\b)\w+.*)$"
)


def also_done(piece: str) -> Iterator[str]:
    """ "I love soup, hate queues and never drive": the piece with its subject."""
    match = _ALSO.match(piece)
    if match is not None:
        yield f"I {match.group(1)}"


def going_on(piece: str) -> Iterator[str]:
    """ "I used to box, won a cup in 2011", "I'm in Leeds, studying law": what else one does."""
    tokens = tokenise(piece)
    if len(tokens) > 2 and tokens[0].low in {"was", "were"}:
        yield f"I was {piece.split(' ', 1)[-1]}"
    if len(tokens) > 2 and tokens[0].low in {"stationed", "based", "posted"}:
        yield f"I was {piece}"
    had = tokens[1:] if tokens[:1] and tokens[0].low == "got" else []
    if had and (_amount(had) or had[0].determiner or "illness" in categories(piece[4:])):
        yield f"I have {piece.split(' ', 1)[-1]}"
    yield from also_done(piece)
    if tokens and not tokens[0].determiner:
        yield from employed(tokens, piece[0].lower() + piece[1:])
    if _goes_on(tokens):
        yield f"I {'am ' if tokens[0].gerund else ''}{piece[0].lower()}{piece[1:]}"


def _amount(tokens: list[Token]) -> bool:
    """ "18 grand", "about 300 quid"."""
    return any(token.number for token in tokens[:2])


def _goes_on(tokens: list[Token]) -> bool:
    while len(tokens) > 2 and tokens[0].low in {"now", "currently", "also", "then"}:
        tokens = tokens[1:]
    first, following = tokens[0], tokens[1] if len(tokens) > 1 else Token("")
    if first.low in _LASTING_STARTS and not first.verb("VBD") and following.preposition:
        return True
    if first.gerund:
        return w.verb_lemma(first.low) in _LASTING_DOINGS
    past = first.verb("VBD") and w.verb_lemma(first.low) != first.low and not first.noun
    return _moved(tokens) or (past and (following.determiner or following.name or following.number))


def _moved(tokens: list[Token]) -> bool:
    """ "moved to Leeds", "worked in Graz": what went on or changed in a life."""
    first, following = tokens[0], tokens[1] if len(tokens) > 1 else Token("")
    past = first.verb("VBD") and w.verb_lemma(first.low) != first.low and not first.noun
    return past and following.preposition and w.verb_lemma(first.low) in _LASTING_DOINGS | _GOING
