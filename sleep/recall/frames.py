"""Semantic frames: what people also ask about living, working, liking, owning, being called.

Each frame belongs to a common English verb or noun, not to any person: it says in which other words
the same thing is asked ("work as a vet": "What is my job?"). Templates know S (subject), MY (its
possessive), MYSELF, N (the noun they speak of), DO, AM and HAVE (agreeing forms; past ones for what
is over); the answer is always the fact's own statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from sleep.recall import words as w
from sleep.recall.asking import Ask, fixed, named_once, possessive
from sleep.recall.english import table, word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import is_when, measure, time_kind
from sleep.recall.nouns import amount_words, answer_words, substance
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.questions import turning
from sleep.recall.suited import suited
from sleep.recall.telling import Telling
from sleep.recall.tokens import join


def wordings(name: str) -> tuple[str, ...]:
    """The templates of a named list of frames.toml."""
    return tuple(table("frames")[name]["asks"])


@dataclass(frozen=True)
class _Frame:
    """One entry of the table. slot: prepositions or adjectives before the asked phrase, "" for the
    object, "*" for any.

    kind, besides: heads or categories that the asked noun must (not) have. noun: heads or
    categories of the thing spoken of, the subject or the object. measure: kinds of measure or time
    that the asked phrase must be. plan: only for what is going on or to come. present: not for what
    is over. still: worded alike for what is over. thing: only for things. people: only for others
    than the user. alive: not for things. denied: only for what is denied. first: only the first
    phrase after the verb. over: only for what is over. particle: "up" of "grow up".
    """

    verbs: frozenset[str]
    slot: frozenset[str]
    asks: tuple[str, ...]
    kind: frozenset[str]
    besides: frozenset[str]
    noun: frozenset[str]
    measure: frozenset[str]
    time: bool
    plan: bool
    present: bool
    still: bool
    thing: bool
    denied: bool
    first: bool
    over: bool
    people: bool
    alive: bool
    particle: str

    def fits(self, told: Telling) -> bool:
        """Whether verb, tense, denial and subject are those of the frame."""
        if not self.verbs & {told.lemma, "*"} or (self.present and told.past):
            return False
        if self.over and not told.past:
            return False
        if self.particle and told.particle != self.particle:
            return False
        if self.denied is not told.negated or (self.thing and lively(told)):
            return False
        if (self.people and (told.me or not told.human)) or (self.alive and not lively(told)):
            return False
        ahead = told.helped and told.finite in {"am", "is", "are", "will"}
        return ahead or not self.plan

    def takes(self, phrase: NounPhrase, preposition: str) -> bool:
        """Whether the asked phrase is of the kind that the frame asks for."""
        if phrase.first == "no" and not self.denied:
            return False
        inner = None if self.measure else substance(phrase)
        if inner is not None:
            return self.takes(inner, preposition)
        measured = measure(phrase)
        found = _kinds(phrase.head) | {phrase.first.rstrip("."), measured.kind if measured else ""}
        if (self.kind and not found & self.kind) or found & self.besides:
            return False
        if not self.measure:
            counted = all(token.number or token.determiner for token in phrase.tokens)
            if "be" in self.verbs and not self.slot and (counted or measured is not None):
                return False
            return is_when(phrase, preposition) == self.time
        if "bare" in self.measure and all(token.number for token in phrase.tokens):
            return True
        return bool(self.measure & {measured.kind if measured else time_kind(phrase, preposition)})


def _kinds(head: str) -> set[str]:
    """A noun with its categories."""
    return {head, w.noun_lemma(head)} | {name.replace(" ", "_") for name in categories(head)}


def _words(entry: dict[str, Any], name: str) -> frozenset[str]:
    return frozenset(entry.get(name, "").split())


_FLAGS = ("time", "plan", "present", "still", "thing", "denied", "first", "over", "people", "alive")


def _frame(entry: dict[str, Any]) -> _Frame:
    return _Frame(
        verbs=_words(entry, "verbs"),
        slot=_words(entry, "slot"),
        asks=tuple(entry["asks"]),
        kind=_words(entry, "kind"),
        besides=_words(entry, "besides"),
        noun=_words(entry, "noun"),
        measure=_words(entry, "measure"),
        particle=entry.get("particle", ""),
        **{name: bool(entry.get(name)) for name in _FLAGS},
    )


_TABLES = ("frames", "relations", "families")
_FRAMES = tuple(_frame(entry) for name in _TABLES for entry in table(name)["frame"])
_JOB_QUESTIONS = wordings("job")
_AGE_QUESTIONS = wordings("age")
_SELF_QUESTIONS = wordings("self")
_SEVERAL_QUESTIONS = wordings("several")
_TRAITS = {
    word: tuple(entry["asks"])
    for entry in table("frames")["trait"]
    for word in entry["words"].split()
}
_ACQUIRING = frozenset({"adopt", "get", "buy", "purchase", "lease", "inherit", "receive"})
_NO_JOBS = word_set("no_jobs")
_AT_LEISURE = word_set("at_leisure")
_WORKERS = frozenset({"lady", "man", "woman", "guy", "girl", "boy", "hand"})
_JOB_ENDINGS = (
    "ist",
    "eer",
    "ian",
    "er",
    "or",
    "man",
    "woman",
    "wright",
    "smith",
    "legal",
    "keeper",
)
_NOW = re.compile(r"\b(?:now|these days|current|at the moment|right now|will|new)\b")
_PAST = (
    (r"\b(what|where|who|how|when) is ", r"\1 was "),
    (r"\b(what|where|who|how|when) are ", r"\1 were "),
    (r"\bis (MY|S|it|there|the|that)\b", r"was \1"),
    (r"\bare (MY|S|it|there|the|that)\b", r"were \1"),
    (r"\bdoes MY\b", "did MY"),
    (r"\bcan S\b", "could S"),
)
_AGREEING = re.compile(r"^(?:what|who|which \w+) (?!is\b|does\b|was\b)\w+s\b")


def fill(template: str, told: Telling, noun: str = "", past: bool = False) -> str:
    """A template with the forms of this subject; past: it speaks of what is over."""
    if not told.me:  # "when does my mother have the operation"
        template = re.sub(r"(\bS\b.*?)\bMY N\b", r"\1the N", template)
    am = {"I": "am"}.get(told.subject, "are" if told.plural else "is")
    do = "do" if told.me or told.plural else "does"
    have = "have" if told.me or told.plural else "has"
    if past:
        am, do, have = ("were" if told.plural else "was"), "did", "had"
        for pattern, new in _PAST:
            template = re.sub(pattern, new, template)
    forms = {
        "MYSELF": "me" if told.me else told.subject,
        "S": told.subject,
        "MY": possessive(told.subject),
        "DO": do,
        "DID": "did",
        "AM": am,
        "HAVE": have,
        "N": noun,
    }
    template = named_once(template, told)
    text = re.sub(
        r"\b(MYSELF|MY|S|DO|DID|AM|HAVE|N)\b", lambda match: forms[match.group(0)], template
    )
    return re.sub(r"\bis I\b", "am I", text)


def templates(
    told: Telling,
    asks: tuple[str, ...],
    expect: tuple[str, ...],
    kind: str = "frame",
    noun: str = "",
    past: bool = False,
) -> list[Ask]:
    """One ask for each wording, filled in for the subject of the telling."""
    if past:
        asks = tuple(ask for ask in asks if not (_NOW.search(ask) or _AGREEING.search(ask)))
    return [
        fixed(
            f"frame:{template}",
            fill(template, told, noun, past),
            expect,
            kind=kind,
            embedded_as=_embed(template, told, noun, past),
        )
        for template in asks
    ]


def _embed(template: str, told: Telling, noun: str, past: bool) -> str:
    """The template in statement order, where that is a matter of moving "is" or dropping "do"."""
    simple = re.fullmatch(r"(what|where|when) (is|are) (MY .+)", template)
    if simple:
        be = {"is": "was", "are": "were"}[simple.group(2)] if past else simple.group(2)
        return fill(f"{simple.group(1)} {simple.group(3)} {be}", told, noun)
    done = re.fullmatch(r"((?:what|where|which|who|how)\b.*?) DO S (\w+)(.*)", template)
    if done:
        verb = done.group(2)
        if past:
            verb = w.inflect(verb, "VBD")
        elif not (told.me or told.plural):
            verb = w.inflect(verb, "VBZ")
        return fill(f"{done.group(1)} S {verb}{done.group(3)}", told, noun)
    moved = re.fullmatch(r"(how old|what age|how \w+|where|when|what) AM S", template)
    return fill(f"{moved.group(1)} S AM", told, noun, past) if moved else ""


def frame_questions(told: Telling) -> list[Ask]:
    """What the frames ask about a telling; empty when none fits."""
    if told.phrase.first == "they":
        return []  # whoever that is
    found = _be_frames(told) if told.copula and not told.negated else []
    age = turning(told)
    if age is not None:
        found += templates(told, _AGE_QUESTIONS, (_years(age),))
    for frame in _FRAMES:
        if not frame.fits(told):
            continue
        if frame.thing and "duration" in frame.measure and re.search(r"\bold\b", told.rest):
            continue  # "100 years old" is no length
        asker, noun = _spoken_of(told, frame)
        if asker is None:
            continue
        phrase, preposition = _slot(told, frame)
        if phrase is not None and not (told.lemma == "drive" and _road(told, phrase)):
            words = _expected(phrase, preposition, bool(frame.measure))
            past = told.past and not (frame.still or frame.over) and told.lemma not in _ACQUIRING
            asks = tuple(re.sub(r"\bX\b", told.subject, one) for one in frame.asks)
            if preposition == "from" and time_kind(phrase, "from") == "year":
                continue  # "a boiler from 2016"
            asks = suited(asks, told, phrase, preposition)
            found += templates(asker, asks, words, noun=noun, past=past)
    return found + _several(told)


def _road(told: Telling, phrase: NounPhrase) -> bool:
    """ "I drive the 43", "mostly I-80 between Reno and Omaha": no car of one's own."""
    between = any(chunk.head == "between" for chunk in told.chunks)
    return phrase.first == "the" or between


def _spoken_of(told: Telling, frame: _Frame) -> tuple[Telling | None, str]:
    """The telling as its owner's, and the noun, when the frame speaks of a thing; else as it is."""
    if not frame.noun:
        return told, ""
    if not told.me and not told.human and frame.noun & _kinds(told.phrase.head):
        owner = owner_of(told)
        return owner, plain_noun(told.subject) if owner is not None else ""
    if told.copula and not (told.me or told.human):
        return None, ""  # "the nursery is Busy Bees" speaks of no bees
    for chunk in told.chunks[:1]:
        if chunk.phrase is not None and frame.noun & _kinds(chunk.phrase.head):
            return told, plain_noun(chunk.phrase.text)
    return None, ""


def owner_of(told: Telling) -> Telling | None:
    """The telling with the owner as its subject: I of "my ...", my sister of "my sister's ..."."""
    words = told.subject.split()
    for k, word in enumerate(words[:-1]):
        if word.endswith("'s"):
            subject = " ".join([*words[:k], word[:-2]])
            return replace(told, subject=subject, me=False, plural=False, human=True)
    if words[0].lower() in {"my", "our"}:
        return replace(told, subject="I", me=True, plural=False)
    return None


def plain_noun(text: str) -> str:
    """The noun with what describes it, without article, owner and "new": "dentist appointment"."""
    words = text.split()
    while len(words) > 1 and (
        words[0].lower() in w.DETERMINERS | w.POSSESSIVES | {"new", "next"}
        or words[0].endswith("'s")
        or words[0][0].isdigit()
    ):
        words = words[1:]
    for k, word in enumerate(words):
        if k and word.lower() in w.PREPOSITIONS | {"called", "named"}:
            words = words[:k]
            break
    return " ".join(words[-2:])


def _expected(phrase: NounPhrase, preposition: str, sized: bool) -> tuple[str, ...]:
    """sized: how much it is was asked, not what."""
    measured = measure(phrase) is not None and not is_when(phrase, preposition)
    return (
        amount_words(phrase)
        if measured and (sized or not substance(phrase))
        else (answer_words(phrase))
    )


def _several(told: Telling) -> list[Ask]:
    """For "I have two sons, Max and Leo": what they are called."""
    phrase = told.chunks[0].phrase if told.chunks else None
    having = told.lemma == "have" or told.lemma in _ACQUIRING
    if not having or not told.me or phrase is None or told.negated:
        return []
    head = next((t.low for t in phrase.tokens if w.is_plural(t.low) and _named(t.low)), "")
    names = tuple(name for item in (phrase, *phrase.items) for name in item.names)
    if not head or len(set(names)) < 2:
        return []
    asks = tuple(ask.replace("N", head).replace("DO MY", "do MY") for ask in _SEVERAL_QUESTIONS)
    return templates(told, asks, tuple(dict.fromkeys(names)), kind="name")


def _named(noun: str) -> bool:
    return is_person(noun) or "animal" in categories(noun)


def _slot(told: Telling, frame: _Frame) -> tuple[NounPhrase | None, str]:
    """The phrase that the frame asks for, and the preposition before it."""
    for index, phrase, governors in _phrases(told):
        preposition = next((word for word in governors if word in w.PREPOSITIONS), "")
        if frame.first and index > 1:
            continue
        bare = not frame.slot and index == 0
        governed = bool(frame.slot & set(governors)) or "*" in frame.slot
        if (bare or governed) and frame.takes(phrase, preposition):
            return phrase, preposition
    return None, ""


def _phrases(told: Telling) -> Iterator[tuple[int, NounPhrase, tuple[str, ...]]]:
    """(place, phrase, heads of the two chunks before it) of every noun phrase of a telling."""
    for index, chunk in enumerate(told.chunks):
        if chunk.phrase is None or chunk.phrase.pronoun:
            continue
        before = [*reversed(told.chunks[max(0, index - 2) : index])]
        governors = tuple(earlier.head for earlier in before if earlier.kind != "np")
        yield index, chunk.phrase, governors


def _be_frames(told: Telling) -> list[Ask]:
    first = told.chunks[0] if told.chunks else None
    if first is None:
        return []
    if first.phrase is not None and _aged(told, first.phrase):
        return templates(told, _AGE_QUESTIONS, (_years(first.phrase),), past=told.past)
    trait = _TRAITS.get(first.head) if first.kind in {"adj", "np"} else None
    if not told.human and not (trait and (lively(told) or told.phrase.names)):
        return []
    if trait:
        return templates(told, trait, (first.head,), past=told.past)
    if first.kind == "np" and first.phrase is not None:
        phrase = first.phrase
        if job(phrase):
            return templates(told, _JOB_QUESTIONS, answer_words(phrase), past=told.past)
        origin = next((t.low for t in phrase.tokens if t.low in _TRAITS), "")
        if origin and phrase.head in {"citizen", "national", "person", "man", "woman", "family"}:
            return templates(told, _TRAITS[origin], (origin,), past=told.past)
        if told.me and not (phrase.items or phrase.names or _sized(phrase)):
            return templates(told, _SELF_QUESTIONS, answer_words(phrase), past=told.past)
        if is_person(phrase.head) and told.phrase.names:
            return templates(told, ("who is S",), answer_words(phrase), kind="reverse")
    return []


def _aged(told: Telling, phrase: NounPhrase) -> bool:
    """Whether the predicate says how old somebody or something is."""
    measured = measure(phrase)
    if not phrase.tokens[0].number or (measured is not None and measured.kind == "height"):
        return False
    old = re.search(r"\bold\b", told.rest) is not None
    bare = all(token.number for token in phrase.tokens) or phrase.head in {
        "years",
        "year",
        "months",
        "weeks",
    }
    return old or (bare and lively(told))


def _years(phrase: NounPhrase) -> str:
    """ "seventy one" of "seventy one years old"."""
    counted = takewhile(lambda token: token.number or token.text == "-", phrase.tokens)
    return join([token.text for token in counted])


def _sized(phrase: NounPhrase) -> bool:
    """ "six foot two", which is not what somebody is."""
    found = measure(phrase)
    return found is not None and found.kind in {"height", "weight"}


def lively(told: Telling) -> bool:
    """Whether the subject is somebody: the user, a person or an animal."""
    return told.me or told.human or "animal" in categories(told.phrase.head)


def job(phrase: NounPhrase) -> bool:
    """Whether a phrase names what somebody works as."""
    found = categories(phrase.head)
    words = [token for token in phrase.tokens if token.word and not token.determiner]
    if words and words[0].low in _AT_LEISURE:
        return False
    if phrase.head in _WORKERS and len(words) == 2 and not phrase.names:
        return not (words[0].adjective or categories(words[0].low))  # "a dinner lady"
    if found or phrase.head in _NO_JOBS or phrase.names:
        return "job" in found
    return phrase.head.endswith(_JOB_ENDINGS) and not w.is_plural(phrase.head)
