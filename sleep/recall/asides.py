"""What a sentence tells by the way, even a question: "my son who's nine", "as a nurse", "if I have
asthma", "a bike I bought last year".

Only what is taken for granted counts; the sentences made are read and checked like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.english import table, word_set
from sleep.recall.frames import job
from sleep.recall.lexicon import MEMBERS, PEOPLE, categories, is_person
from sleep.recall.measures import is_when
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_phrase
from sleep.recall.saying_names import any_of
from sleep.recall.tokens import Token, in_dictionary, join, tokenise

_DONE = word_set("relative_verbs")
_TRAITS = frozenset(word for entry in table("frames")["trait"] for word in entry["words"].split())
_KIN = any_of(word for word in PEOPLE if " " not in word)
_PETS = any_of(word for word in MEMBERS["animal"] if " " not in word)
_COUNT = rf"\d{{1,2}}|{any_of(w.NUMBER_WORDS - {'first', 'second', 'third'})}"
_YEARS_OLD = re.compile(
    rf"\b((?:my|our)(?: [a-z]+)?) ({_COUNT})[- ](year|month|week|yr)s?[- ]olds?"
    rf"(?:,? ({_KIN}|{_PETS}))?\b",
    re.IGNORECASE,
)
# "my 3yo", "our 18mo"
_SHORT_AGE = re.compile(r"\b(my|our) (\d{1,2}) ?(yo|y/o|mo|m/o)\b", re.IGNORECASE)
_AS_A = re.compile(
    r"(?:^|[,.] )(?:as|being) (an? [^,.?!]{3,50}?)(?:,| I\b| my\b|[.?!]|$)", re.IGNORECASE
)
_GIVEN = re.compile(r"\b(?:gift|present|kid|child|treat|rule|joke|friend)\b")
_HERE_IN = re.compile(
    r"\b(?:(?:over |around |down |up )?here in|back home in) ([A-Z][\w-]+(?: [A-Z][\w-]+)*)"
)
_SUPPOSED = re.compile(
    r"\b(?:if|when|since|because|as|given|with) "
    r"((?:I|we) (?:have|am|take|do not|can not|use|only eat) [^,.?!]{3,60})"
)
_BODY = frozenset({"illness", "medicine", "body", "religion"})
_NOW_AND_THEN = word_set("taken_now_and_then")
_IMPLANTS = word_set("health_things")
_TURNING = re.compile(
    rf"\b((?:my|our) (?:[\w-]+ )?(?:{_KIN})(?: [A-Z]\w+)?)(?:'s|s') "
    r"(\d{1,3})(?:st|nd|rd|th)(?: birthday| bday)?\b"
)
# "a card for Lucas, my godson, ..."
_BESIDE = re.compile(
    rf"\b([A-Z][a-zà-ÿ]+), ((?:my|our) (?:[a-z-]+ ){{0,2}}(?:{_KIN}|{_PETS}))(?=\s*(?:[,.!?;]|$))"
)
# "my daughter Carol's boy"
_WHOSE = re.compile(
    rf"\b((?:[Mm]y|[Oo]ur) (?:[a-z-]+ )?(?:{_KIN}|{_PETS})) ([A-Z][a-z]+)'s\b(?! (?:and|or)\b)"
)
# "me and my two brothers": so many one has
_MY_SEVERAL = re.compile(
    rf"\b(?:my|our) ({_COUNT}) ((?:(?:older|younger|little|big|step|grown) )?"
    rf"(?:{any_of(word.replace('_', ' ') for word in word_set('plural_kin'))}))\b(?!'|,? [A-Z])"
)
# "The cat has gone missing, Smudge, ..."
_NAMED_LATER = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur|[Tt]he) ({_PETS}) (?:is|has)\b[^,.!?]{{0,30}}, ([A-Z][a-z]+)(?=\s*[,.!]|$)"
)
# "Can I take this with sertraline?"
_WITH = re.compile(
    r"\b(?:with|on|alongside|while taking|on top of) (?:my )?([a-z]{5,})(?=\s*(?:[,.?!]|$))",
    re.IGNORECASE,
)
# "a present for mam, 60 on the 9th"
_WILL_BE = re.compile(rf"\b({_KIN}),? (\d{{1,3}}) ((?:on|this|next) (?:the )?\w+)\b", re.IGNORECASE)
_BECAUSE = re.compile(
    r"\b(?:because|cause|given that|seeing as|seeing that|now that|since) "
    r"((?:I|we|my) [^,.?!]{4,80})",
    re.IGNORECASE,
)
_FLEETING = frozenset({"cold", "flu", "headache", "cough"})
_WHEN_NEAR = frozenset({"since", "after", "before", "for", "until", "till"})
_PLACES = frozenset({"place", "flat", "apartment", "house", "home", "studio"})
_OWNED = ("animal", "car", "car make", "instrument")


def in_passing(sentence: str, question: bool) -> list[str]:
    """Full sentences for what the sentence takes for granted. question: it is asked, not told."""
    tokens = tokenise(sentence)
    found = [
        f"{_capital(whose)} is called {name}"
        for name, whose in _BESIDE.findall(sentence)
        if not w.is_time(name.lower())  # "in February, our first grandchild"
    ]
    found += [f"{_capital(whose)} is called {name}" for whose, name in _WHOSE.findall(sentence)]
    found += [
        f"My {kind.lower()} is called {name}"
        for kind, name in _NAMED_LATER.findall(sentence)
        if not (categories(name) or in_dictionary(name.lower()))
    ]
    found += [
        f"My {who.lower()} turns {years} {when}" for who, years, when in _WILL_BE.findall(sentence)
    ]
    found += [f"I have {count} {kin}" for count, kin in _MY_SEVERAL.findall(sentence)]
    found += [*_aged(sentence), *_as_a(sentence), *_here(sentence), *_turning(sentence)]
    found += [*_that_i_did(tokens), *_who_is(tokens)]
    if question:
        found += [f"I take {name}" for name in _WITH.findall(sentence) if _prescribed(name)]
        found += [*_reasons(sentence), *_belongings(tokens)]
    return list(dict.fromkeys(found))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _aged(sentence: str) -> Iterator[str]:
    """ "my 8-year-old son": he is 8 years old; "my six month old" is a baby."""
    for whose, count, unit in _SHORT_AGE.findall(sentence):
        years = unit.lower().startswith("y")
        who, unit = ("child", "years") if years and int(count) > 1 else ("baby", "months")
        yield f"{_capital(whose)} {who} is {count} {'years' if years else unit} old"
    for match in _YEARS_OLD.finditer(sentence):
        whose, count, unit, noun = match.groups()
        unit = "year" if unit.lower() == "yr" else unit.lower()
        small = unit != "year" or (count.isdigit() and int(count) < 2)
        who = noun or ("baby" if small else "child")
        described = whose.split()
        if len(described) == 2 and described[1].lower() in {"and", "is"}:
            continue
        named = re.match(r",? ([A-Z][a-zà-ÿ]+)(?=[,.!?]|$)", sentence[match.end() :])
        if named and not noun:
            yield f"{_capital(described[0])} {who} is called {named.group(1)}"
        plural = "" if count in {"1", "one"} else "s"
        yield f"{_capital(described[0])} {who} is {count} {unit}{plural} old"


def _as_a(sentence: str) -> Iterator[str]:
    """ "As a nurse, I ...", "being a vegan": what the user is."""
    for match in _AS_A.finditer(sentence):
        phrase = noun_phrase(tokenise(f"x {match.group(1)}"), 1)
        if phrase is None or _GIVEN.search(match.group(1)):
            continue
        if job(phrase) or phrase.head in _TRAITS or is_person(phrase.head):
            yield f"I am {match.group(1).strip()}"


def _here(sentence: str) -> Iterator[str]:
    for match in _HERE_IN.finditer(sentence):
        if "month" not in categories(match.group(1)):
            yield f"I live in {match.group(1)}"


def _turning(sentence: str) -> Iterator[str]:
    """ "my mum's 70th": she turns 70."""
    for match in _TURNING.finditer(sentence):
        yield f"{_capital(match.group(1))} is turning {match.group(2)}"


def _that_i_did(tokens: list[Token]) -> Iterator[str]:
    """ "a tractor that I bought off my uncle": I bought a tractor off my uncle."""
    k = 0
    while k < len(tokens):
        phrase = noun_phrase(tokens, k) if tokens[k].determiner else None
        if phrase is None or phrase.pronoun or phrase.items:
            k += 1
            continue
        k = phrase.end
        told = _did(tokens, phrase)
        if told:
            yield told


def _did(tokens: list[Token], phrase: NounPhrase) -> str:
    i = phrase.end
    if i < len(tokens) and tokens[i].low in {"that", "which"}:
        i += 1
    if i + 1 >= len(tokens) or tokens[i].low not in {"i", "we"}:
        return ""
    perfect = (
        tokens[i + 1].low in {"have", "had"} and tokens[i + 2 : i + 3] and tokens[i + 2].participle
    )
    at = i + 2 if perfect else i + 1
    verb = tokens[at]
    if w.verb_lemma(verb.low) not in _DONE or not (verb.finite or perfect):
        return ""
    following = tokens[at + 1] if at + 1 < len(tokens) else Token("")
    if (
        following.determiner
        or following.noun
        or following.number
        or following.low in w.OBJECT_PRONOUNS
    ):
        return ""  # it has an object of its own
    end = at + 1
    while end < len(tokens) and tokens[end].text not in {",", ".", "!", "?", ";"}:
        if tokens[end].low in w.COORDINATORS | {"which", "who", "that", "because"}:
            break
        if tokens[end].finite and tokens[end].auxiliary:
            return ""  # "the bike I bought is red": told by its own clause
        end += 1
    rest = [token.text for token in tokens[at + 1 : end]]
    words = [token.text for token in tokens[i : at + 1]]
    return _capital(join([*words, phrase.text[0].lower() + phrase.text[1:], *rest]))


def _who_is(tokens: list[Token]) -> Iterator[str]:
    """ "for my son who is nine and loves trains?": what a question tells of one's own people."""
    for k, token in enumerate(tokens):
        phrase = noun_phrase(tokens, k) if token.low in {"my", "our"} else None
        if (
            phrase is None
            or phrase.items
            or not (is_person(phrase.head) or phrase.names or _pet(phrase))
        ):
            continue
        i = phrase.end + (phrase.end < len(tokens) and tokens[phrase.end].text == ",")
        if i + 1 >= len(tokens) or tokens[i].low != "who" or not tokens[i + 1].finite:
            continue
        end = i + 1
        while end < len(tokens) and tokens[end].text not in {",", ".", "!", "?", ";"}:
            end += 1
        yield _capital(join([phrase.text, *(one.text for one in tokens[i + 1 : end])]))


def _prescribed(name: str) -> bool:
    """Whether it names a medicine that one takes for long."""
    return "medicine" in categories(name) and name.lower() not in _NOW_AND_THEN


def _pet(phrase: NounPhrase) -> bool:
    return "animal" in categories(phrase.head)


def _reasons(sentence: str) -> Iterator[str]:
    """ "Can I run if I have asthma?": a state of body that one asks about is one's own."""
    for match in _SUPPOSED.finditer(sentence):
        told = match.group(1)
        words = [token.low for token in tokenise(told)]
        pairs = [f"{one} {other}" for one, other in pairwise(words)]
        kinds = {kind for word in (*words, *pairs) for kind in categories(word)}
        lasting = kinds & _BODY or set(words) & (_TRAITS | _IMPLANTS)
        single = clauses(tokenise(told))
        if lasting and len(single) == 1 and "illness" not in _passing(words):
            yield told


def _passing(words: list[str]) -> set[str]:
    fleeting = {"cold", "flu", "headache", "cough", "fever", "hangover"}
    return {"illness"} if fleeting & set(words) else set()


def _belongings(tokens: list[Token]) -> Iterator[str]:
    """ "How do I tune my ukulele?": an animal, a car or an instrument of one's own."""
    for k, token in enumerate(tokens):
        phrase = noun_phrase(tokens, k) if token.low == "my" else None
        if phrase is None or phrase.items or phrase.gerund:
            continue
        kinds = set(categories(phrase.text)) | set(categories(phrase.head))
        genitive = phrase.end < len(tokens) and tokens[phrase.end - 1].text.endswith("'s")
        if not kinds & set(_OWNED) or genitive:
            continue
        words = [
            one.text for one in phrase.tokens[1:] if not one.name or phrase.names == (one.text,)
        ]
        if phrase.names and "animal" in kinds:
            words = [one.text for one in phrase.tokens[1:] if not one.name]
        if not words or w.is_plural(phrase.head):
            continue
        text = join([one.text for one in phrase.tokens[1:]]) if "car make" in kinds else join(words)
        article = "an" if re.match(r"[aeio]|u(?![ks]|ni)", text, re.IGNORECASE) else "a"
        yield f"I have {article} {text}"


def said_in_passing(text: str) -> list[str]:
    """ "since my hip operation in May", "near our flat in Graz": when or where a thing of one's own
    is, told by the way."""
    tokens = tokenise(text)
    found = [f"I have {name}" for name in _ailments(tokens)]
    for start, token in enumerate(tokens[:-1]):
        mine = tokens[start + 1].low in {"my", "our"}
        thing = noun_phrase(tokens, start + 1) if mine and token.preposition else None
        preposition = tokens[thing.end] if thing and thing.end < len(tokens) else Token("")
        if thing is None or preposition.low not in {"in", "on", "at"}:
            continue
        value = noun_phrase(tokens, thing.end + 1)
        dated = "event" in categories(thing.head) and token.low in _WHEN_NEAR
        if value is None or not (dated or (thing.head in _PLACES and preposition.low == "in")):
            continue
        when = is_when(value, preposition.low)
        if when if dated else bool(value.names) and not when:
            be = "was" if token.low in {"since", "after"} else "is"
            found.append(join([_capital(thing.text), be, preposition.low, value.text]))
    return found


def _ailments(tokens: list[Token]) -> Iterator[str]:
    """ "with my asthma", "because of my peanut allergy": what one has."""
    for start, token in enumerate(tokens):
        phrase = noun_phrase(tokens, start) if token.low == "my" else None
        if phrase is None or phrase.items or phrase.head in _FLEETING:
            continue
        if {"illness"} & set(categories(phrase.head)) or phrase.head in {"allergy", "intolerance"}:
            words = [t.text for t in phrase.tokens[1:]]
            article = (
                ""
                if phrase.head not in {"allergy", "intolerance"}
                else "an "
                if (words[0][0].lower() in "aeiou")
                else "a "
            )
            yield article + join(words)


def reasons_in(question: str) -> list[str]:
    """What a question gives as its reason: "What can I cook, since I'm vegan?"."""
    return [_capital(match.group(1)) for match in _BECAUSE.finditer(question)]
