"""What a sentence tells without a verb, as full sentences: "longest run so far 28 km".

People leave out "I am", "it is" and "my" when they type. Only shapes that say plainly who or what
is meant are made whole; the sentences made are read and checked like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.english import word_set
from sleep.recall.frames import job
from sleep.recall.lexicon import MEMBERS, PEOPLE, categories, is_person
from sleep.recall.measures import is_when, measure
from sleep.recall.naming import from_clause
from sleep.recall.phrases import noun_phrase
from sleep.recall.pieces import (
    ailment,
    also_done,
    continued,
    employed,
    going_on,
    is_due,
    is_other,
    of_another,
    regularly,
    when_said,
    where_said,
)
from sleep.recall.saying_names import any_of
from sleep.recall.syntax import Clause
from sleep.recall.tokens import Token, join, tokenise

_SELF_ADJECTIVES = word_set("self_adjectives")
_HABITS = word_set("habits")
_MOODS = word_set("moods")
_MENTAL = word_set("mental")
_SKILLS = word_set("skills")
_LASTING_STARTS = word_set("lasting_starts")
_DOSE = re.compile(
    r"\b\d+ ?(?:mg|mcg|ml|x)\b|\b(?:once|twice|three times) (?:a|per) (?:day|week)\b", re.I
)
_SORE = frozenset(
    {"bad", "sore", "broken", "weak", "dodgy", "torn", "dislocated", "sprained", "gammy"}
)
_STATES = word_set("states")
_OFFSPRING = re.compile(
    r"(?:two|three|four|five|\d|one|no) (?:\w+ )?"
    rf"(?:{any_of(word_set('plural_kin'))}|son|daughter|child|dog|cat)",
    re.IGNORECASE,
)
_FLOOR = re.compile(
    r"^(?:on the )?(\d+(?:st|nd|rd|th)|ground|top|first|second|third|fourth|fifth) floor\b", re.I
)
_PARENTHESES = re.compile(r"\(([^()]{1,40})\)")
_WORKPLACE = re.compile(
    r"^(?:on |in )?(?:the )?([a-z][\w -]{2,30}) at ([\w' -]{3,30})$", re.IGNORECASE
)
_DUE = re.compile(r"\b(?:by|before|until) (?:\w+ )?\w*\d*\w*\b", re.IGNORECASE)
_RENT = re.compile(
    r"^(?:rent |for )?([€$£]?\d[\d,.]*(?: ?[€$£]| ?\w+)?)(?: a | per | ?/ ?)(month|week|year)$",
    re.I,
)
_WAGE = re.compile(
    r"^(?:for )?[€$£]?\d[\d,.]*(?: ?[€$£]| \w+)? (?:an?|per) (?:hour|month|year|week|day)$",
    re.IGNORECASE,
)
_HOMES = frozenset({"flat", "apartment", "house", "room", "studio", "place", "rent", "bedrooms"})
_BRACKETED = re.compile(
    rf"\b(?:(my|our) )?({'|'.join(sorted({*PEOPLE, *MEMBERS['animal']}))})"
    r" \((?:([A-Z][a-z]+)\b)?(?:,? ?(\d{1,2})\b)?[^()]*\)"
)
_NUMBERED = frozenset(
    {
        "type",
        "grade",
        "class",
        "number",
        "part",
        "version",
        "year",
        "stage",
        "level",
        "step",
        "page",
        "chapter",
        "question",
        "item",
        "task",
        "option",
        "line",
        "figure",
        "table",
        "board",
        "terminal",
    }
)
_UNITS = frozenset({"ward", "department", "dept", "team", "unit", "desk"})
_MOSTLY = re.compile(
    r"^(?:mostly|mainly|primarily|especially)\s+(?:with |in )?(.+)$", re.IGNORECASE
)


def whole_sentences(text: str, last: Clause | None) -> list[str]:
    """Full sentences for the pieces of `text` that have no verb. last: the clause said before them.

    Empty where nothing is left out, or where it is not clear what.
    """
    found: list[str] = []
    told: list[Clause] = []
    previous, clause = "", last
    whole = not clauses(tokenise(_capital(text)))
    for piece in _pieces(text):
        before, told = told, clauses(tokenise(_capital(piece)))
        if told and before and before[-1].subject.first in {"i", "we"}:
            found += also_done(piece)
        if told:
            found += _denied(piece, told[0])
            previous, clause = piece, told[-1]
            continue
        told = before
        if before and piece.startswith("due ") and before[-1].subject.first == "my":
            found.append(f"{before[-1].subject.text} is {piece}")
            continue
        when = (when_said(piece) or where_said(piece)) if before else ""
        if when:
            found.append(f"{_capital(previous)} {when}")
            continue
        made = list(_of_piece(piece, previous, clause, whole))
        apposed = re.match(
            r"(?:my|our)\b", text, re.IGNORECASE
        )  # "My brother, Tom, moved to Leeds"
        if not (made or before or whole or apposed):
            made = list(_without_subject(tokenise(piece), piece, None, ahead=True))
        found += made
        if not before and made and made[0].startswith("I "):
            told = clauses(tokenise(made[0]))
        if before and before[-1].verb.negated and piece.startswith("got "):
            found += [f"I have {piece[4:]}"] if "illness" in categories(piece[4:]) else []
        if before and not before[-1].verb.negated:
            mine = before[-1].subject.first in {"i", "we"}
            found += going_on(piece) if mine else of_another(piece, before[-1].subject)
            own = before[-1].subject.first == "my" and not is_other(before[-1].subject)
            found += continued(piece, before[-1]) if mine else ailment(piece) if own else []
            thing = before[-1].subject.first == "my" and not is_person(before[-1].subject.head)
            found += is_due(piece, before[-1].subject) if thing else []
        previous = piece
        whole = False
    return found


def _denied(piece: str, first: Clause) -> Iterator[str]:
    """ "Don't eat meat since I was 16": the verb before the first clause is the user's."""
    tokens = tokenise(piece)
    if first.subject.start > 3 and [token.low for token in tokens[:2]] == ["do", "not"]:
        yield from _without_subject(tokens, piece, None)
    if first.subject.start > 3 and tokens[0].low in _SELF_ADJECTIVES and tokens[1].preposition:
        yield f"I am {piece}"


def without_brackets(text: str) -> tuple[str, list[str]]:
    """ "my cat (Mabel, 17) sleeps": the text without them, and what they tell."""
    match = _BRACKETED.search(text)
    if match is None:
        return text, []
    whose, noun, name, years = match.groups()
    owner = f"{whose or 'my'} {noun}".lower()
    told = [f"{_capital(owner)} is called {name}"] if name else []
    told += [f"{_capital(owner)} is {years} years old"] if years else []
    plain = text[: match.start()] + owner + text[match.end() :]
    return (_capital(plain), told) if told else (text, [])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pieces(text: str) -> list[str]:
    """Between commas and brackets."""
    text = _PARENTHESES.sub(r", \1, ", text)
    pieces = re.split(r"\s*[,;:]\s+|\s+[-/]\s+|\s+and now\s+", text)
    return [piece.strip(" ,.!") for piece in pieces if piece.strip(" ,.!")]


def _of_piece(piece: str, previous: str, clause: Clause | None, opening: bool) -> Iterator[str]:
    mine = clause is None or clause.subject.first in {"i", "we"}
    tokens = tokenise(piece)
    measured = _measured(tokens)
    if measured:
        yield measured
        return
    floor = _FLOOR.match(piece)
    if floor and mine and clause is not None:
        yield f"I live on the {floor.group(1)} floor"
        return
    age = _aged(piece, previous) or _own_age(piece, previous, clause)
    if age:
        yield age
        return
    if mine and _OFFSPRING.fullmatch(piece):
        yield f"I have {piece[0].lower()}{piece[1:]}"
        return
    if opening and tokens[0].low in _STATES:
        yield from _state(tokens)
        return
    mostly = _MOSTLY.match(piece)
    if mostly and mine and clause is not None and _works(clause):
        timed = w.is_time(w.noun_lemma(mostly.group(1).split()[0].lower()))
        yield f"I work mostly {'' if timed else 'with '}{mostly.group(1)}"
        return
    wage = _WAGE.match(piece)
    if wage and mine and clause is not None and _works(clause):
        yield f"I earn {piece}"
        return
    rent = _RENT.match(piece)
    if rent and mine and _about_home(previous, clause):
        yield f"My rent is {rent.group(1)} a {rent.group(2)}"
        return
    home = tokens[0].low == "from" and len(tokens) > 1 and tokens[1].name
    if home and clause is not None and _introduces(clause):
        yield f"I am {piece}"
        return
    place = _WORKPLACE.match(piece)
    if place and mine and any(token.low in _UNITS for token in tokens):
        yield f"I work on the {place.group(1)} at {place.group(2)}"
        return
    regular = regularly(tokens)
    if regular and opening:
        yield regular
        return
    if mine and clause is not None and len(tokens) == 1 and tokens[0].low in _STATES:
        yield f"I am {tokens[0].low}"
        return
    yield from _appositive(tokens, previous, clause)
    if opening:
        yield from _without_subject(tokens, piece, clause)


def _state(tokens: list[Token]) -> Iterator[str]:
    """ "Widowed", "vegan 3 years now", "left-handed": what one is."""
    lasting = noun_phrase([Token("x"), *tokens[1:]], 1) if tokens[1:] else None
    if lasting is not None and measure(lasting):
        yield f"I have been {tokens[0].low} for {lasting.text}"
    elif not tokens[1:] or tokens[1].low in {"since", "for", "now", "again"}:
        yield f"I am {join([token.text for token in tokens])}"


def _about_home(previous: str, clause: Clause | None) -> bool:
    """Whether the clause before speaks of where the user lives."""
    words = {token.low for token in tokenise(previous)}
    words |= {chunk.head for chunk in clause.chunks} if clause is not None else set()
    return bool(words & _HOMES)


def _measured(tokens: list[Token]) -> str:
    """ "longest run so far 28 km", "rent 900 euro", "due date 3 May": my thing is so much."""
    start = 1 if tokens and tokens[0].low in {"my", "our", "the"} else 0
    end = next((k for k, token in enumerate(tokens) if token.number), 0)
    opening = tokens[start:end]
    while opening and opening[-1].low in {"so", "far", "now", "about", "on", "in", "at", "around"}:
        opening = opening[:-1]
    if not opening or len(opening) > 4 or any(token.name for token in opening):
        return ""
    if any(is_person(token.low) for token in opening):
        return ""
    done = opening[-1].verb("VBD", "VBN") and w.verb_lemma(opening[-1].low) != opening[-1].low
    if len(opening) == 1 and (done or opening[-1].low in _NUMBERED):
        return ""  # "type 1", "shot in 2011"
    plain = all(token.noun or token.adjective for token in opening)
    thing = noun_phrase([Token("my"), *opening], 0) if plain else None
    if (
        thing is None
        or thing.end != len(opening) + 1
        or not opening[-1].noun
        or is_person(thing.head)
    ):
        return ""
    value = noun_phrase([Token("x"), *tokens[end:]], 1)
    rest = tokens[value.end + end - 1 :] if value is not None else []
    if value is None or (rest and rest[0].low not in {"for", "per", "a", "each"}):
        return ""
    preposition = tokens[end - 1].low if tokens[end - 1].preposition else ""
    if not (measure(value) or is_when(value, preposition or "on")):
        return ""
    be = "are" if w.is_plural(thing.head) else "is"
    words = [token.text for token in (*opening, *rest)]
    return join(["My", *words[: len(opening)], be, preposition, value.text, *words[len(opening) :]])


def _aged(piece: str, previous: str) -> str:
    """ "my daughter Emma (7)": a bare number after somebody is an age."""
    if not re.fullmatch(r"(?:aged? )?\d{1,2}(?: years old)?", piece):
        return ""
    tokens = tokenise(previous)
    for start in range(max(0, len(tokens) - 5), len(tokens)):
        phrase = noun_phrase([Token("x"), *tokens[start:]], 1)
        ends = phrase is not None and phrase.end == len(tokens) - start + 1
        if phrase is not None and ends and phrase.first in {"my", "our"} and is_person(phrase.head):
            return f"{_capital(phrase.text)} is {re.sub(r'[^0-9]', '', piece)} years old"
    return ""


def _own_age(piece: str, previous: str, clause: Clause | None) -> str:
    """ "I'm Tova, 41, and ...": a number after one's own name is one's age."""
    match = re.fullmatch(
        r"(?:aged? )?([1-9]\d|[a-z]+(?:-[a-z]+)?)(?: years old| yo)?(?: (?:in|since|next|on) .*)?",
        piece,
    )
    words = match.group(1).split("-") if match else []
    if clause is None or not all(word.isdigit() or word in w.NUMBER_WORDS for word in words):
        return ""
    return f"I am {words and '-'.join(words)} years old" if words and _introduces(clause) else ""


def _introduces(clause: Clause) -> bool:
    """ "I am Tova", "my name is Tova", "Tova is the name"."""
    naming = from_clause(clause)
    return naming is not None and naming.owner == "I"


def _works(clause: Clause) -> bool:
    phrase = clause.chunks[0].phrase if clause.chunks else None
    employed = clause.verb.lemma == "be" and phrase is not None and job(phrase)
    return employed or clause.verb.lemma in {"work", "code", "program", "develop"}


def _appositive(tokens: list[Token], previous: str, clause: Clause | None) -> Iterator[str]:
    """ "at Nordlicht, a small startup in X": what the name before is."""
    if not tokens or tokens[0].low not in {"a", "an"} or clause is None:
        return
    phrase = noun_phrase([Token("x"), *tokens], 1)
    name = _last_name(tokenise(previous))
    if phrase is None or not name or is_person(phrase.head):
        return
    rest = join([token.text for token in tokens])
    mine = clause.subject.first in {"i", "we"} and not clause.verb.negated
    if mine and _works(clause) and "company" in categories(phrase.head):
        yield f"My company {name} is {rest}"
    elif mine:
        yield f"{name} is {rest}"


def _last_name(tokens: list[Token]) -> str:
    names: list[str] = []
    for token in reversed(tokens):
        if not token.name or token.first:
            break
        names.insert(0, token.text)
    return " ".join(names)


def _without_subject(
    tokens: list[Token], piece: str, clause: Clause | None, ahead: bool = False
) -> Iterator[str]:
    """ "Allergic to nuts", "Bought a bike", "Nurse at X": I, or the person spoken of.

    ahead: a clause follows in the same sentence, so that "walking home, I ..." is no start.
    """
    while tokens and (
        tokens[0].low in w.DEGREE_ADVERBS | {"currently", "recently", "just", "also"}
    ):
        tokens = tokens[1:]
    if not tokens or len(tokens) < 2:
        return
    text = join([token.text for token in tokens])
    first, following = tokens[0], tokens[1]
    lowered = text[0].lower() + text[1:]
    other = clause.subject if clause is not None and is_other(clause.subject) else None
    if following.low in {"me", "us"} and first.verb("VBD"):
        yield f"{other.text if other is not None else 'They'} {lowered}"  # "Put me on iron."
        return
    if other is not None:
        leads_on = following.preposition or following.determiner or following.name
        if first.verb("VBZ") and (leads_on or not first.noun):
            yield f"{other.text} {lowered}"
        return
    if _mine(tokens, lowered):
        yield f"I {lowered}"
    elif first.low in _SELF_ADJECTIVES and (following.preposition or first.low == "born"):
        yield f"I {'was' if first.low in {'born', 'raised'} else 'am'} {lowered}"
    elif first.low in _SORE and any("body" in categories(t.low) for t in tokens[1:3]):
        yield f"I have {'' if w.is_plural(tokens[1].low) else 'a '}{lowered}"
    elif first.low == "off" and "weekday" in categories(following.low):
        days = join([token.text for token in tokens[1:]])
        yield f"My days off are {days}" if "and" in days else f"My day off is {days}"
    elif first.low == "on" and (_DOSE.search(text) or "medicine" in categories(following.low)):
        yield f"I am {lowered}"
    elif ahead or _no_start(first):
        return
    elif first.gerund and not (w.lemmas(first.low, "ADJ") or first.preposition or following.finite):
        yield f"I am {lowered}"
    else:
        yield from employed(tokens, lowered)


def _no_start(first: Token) -> bool:
    """ "Thinking of Rome", "training on Fridays": what "I am" is not left out of."""
    event = first.gerund and "event" in categories(first.low)
    return event or w.verb_lemma(first.low) in _MENTAL


def _mine(tokens: list[Token], text: str) -> bool:
    """Whether the text opens with a verb whose subject can only be I."""
    first, following = tokens[0], tokens[1]
    if first.low == "can" and following.low == "not" and len(tokens) > 2:
        return tokens[2].low in (_HABITS | {"stand"} if len(tokens) > 3 else _SKILLS)
    if [first.low, following.low] == ["do", "not"]:
        vague = w.OBJECT_PRONOUNS | w.DEMONSTRATIVES
        return len(tokens) > 3 and tokens[2].low in _HABITS and tokens[3].low not in vague
    changed = first.verb("VBD") and w.verb_lemma(first.low) != first.low
    if first.low == "am" and not first.name:
        return True
    if first.low == "quit" and (following.gerund or following.determiner):
        return True
    if first.low == "got" and (following.determiner or "illness" in categories(text[4:])):
        return True
    due = first.low == "need" and following.low == "to" and _DUE.search(text) is not None
    felt = first.adjective or first.low in _MOODS
    return due or first.low in _LASTING_STARTS or (changed and not felt)
