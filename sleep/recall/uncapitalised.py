"""Names in messages that are typed without capitals: "my sister aoife", "moved to hamburg".

Only where a name is expected, and only words that no dictionary has or that name a city.
"""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS, PEOPLE, categories
from sleep.recall.saying_names import any_of
from sleep.recall.tokens import Token, in_dictionary

_CLOSE = "|".join(sorted({*PEOPLE, *MEMBERS["animal"]}, key=len, reverse=True)).replace("_", " ")
_LIVELY = ("animal", "job", "person", "relative")
SEVERAL = any_of(
    [
        *(word.replace("_", " ") for word in word_set("plural_kin")),
        *(f"{word.replace('_', ' ')}s" for kind in _LIVELY for word in MEMBERS[kind]),
    ]
)
_PLACES = (*MEMBERS["city"], *MEMBERS["country"])
_OF_MINE = re.compile(
    rf"\b((?:my|our)(?: [a-z-]+){{0,2}}? (?:{_CLOSE}),?) ([a-zà-ÿ]{{2,}})\b"
    r"(?=(?:'s|,|\.|$| ([a-z]+))?)"
)
_PLACED = re.compile(
    r"(?<!allergic )\b(in|at|from|to|near|with|for|outside|owe|met|married|dating)"
    r" ([a-zà-ÿ]{3,}(?:-[a-z]+)?)\b"
)
_SAINT = re.compile(r"\b(in|at|from|near) st\.? ([a-zà-ÿ]{3,})\b")
_ABROAD = re.compile(
    rf"\b(in|from|to|at|near|around) ({any_of(place for place in _PLACES if ' ' in place)})\b"
)
_NEAR = "|".join(sorted(word_set("bare_people") | word_set("friends")))
_BEING = re.compile(
    rf"\b((?:(?:my|our)(?: [a-z-]+){{0,2}}? (?:{_CLOSE})|"
    rf"eldest|oldest|youngest|(?<![a-z] )(?:{_NEAR})) is)"
    r" ([a-zà-ÿ]{3,})(?=[,.!]|$)"
)
_DOCTOR = re.compile(
    r"(?<!my )(?<!the )(?<!\ba )\b(dr|mr|mrs|ms|prof|professor)\.? ([a-zà-ÿ]{2,}(?:-[a-z]+)?)\b"
)
# "flatmate ali is", "brother tom works": one's people without "my", at the start of a sentence
_BARE_ONE = re.compile(
    rf"((?:^|[,.!?] |\b(?:and|but|cos|so) )(?:(?:best|older|younger|big|little) )?(?:{_NEAR}))"
    r" ([a-zà-ÿ]{2,})\b(?= ([a-z]+))"
)
_ASIDE = re.compile(r"(?<=, )([a-zà-ÿ]{3,})(?=[,.!]|$)")
_OURS = re.compile(r"\bour ([a-zà-ÿ]{3,})\b")
_CALLED = re.compile(
    r"\b(I'm|I am|[Mm]y name is|[Mm]y name's|is called|are called) ([a-zà-ÿ]{3,})\b"
)
# "a hamster called mochi", "we named him rex", "my band is called wet socks"
_SO_CALLED = re.compile(
    r"\b(called|named)( (?:it|him|her))? (?!(?:it|him|her|me|after|off|in|to|and|for)\b)"
    r"([a-zà-ÿ]{2,})((?: (?:and|of|the|[a-zà-ÿ]{2,})){1,2}(?=[,.!]|$))?"
)
_TWO = re.compile(
    rf"\b((?:my|our) (?:[a-z-]+ )?(?:{_CLOSE})s?(?: are|,)?) ([a-zà-ÿ]{{2,}}) (and|&)"
    r" ([a-zà-ÿ]{2,})\b"
)
_PAIR_AGED = re.compile(
    r"(?:^|(?<=, ))([a-zà-ÿ]{2,}?)('?s|)((?: is| just turned| turned)? \d{1,2}(?: years)?(?: old)?"
    r"(?:,? and|,| &)) ([a-zà-ÿ]{2,}?)('?s|)(?=(?: is| just turned| turned)? \d{1,2}\b)"
)
# "two brothers, ali (12) and omar (9)", "3 kids: eilidh, rory and wee mairi"
# "my brother toms a plumber", "my sister annas having a baby"
_BEING_BARE = re.compile(
    rf"\b((?:my|our)(?: [a-z-]+)? (?:{_CLOSE})) ([a-zà-ÿ]{{3,}})s"
    r" (?=[a-z]+ing\b|(?:an?|in|at|from|called|the|also|still)\b)"
)
_LISTED = re.compile(
    rf"\b((?:{any_of(w.NUMBER_WORDS)}|\d{{1,2}}|my|our) (?:[a-z-]+ ){{0,2}}?(?:{SEVERAL})"
    r"(?:,|:| called| named| are)?) ((?:[a-z]+(?: \(?\d{1,2}\)?)?(?:,? (?:and|&) |, ))+"
    r"(?:wee |little |baby )?[a-z]+)\b"
)
_FIRST_NAMES = word_set("first_names")
_COUNTS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight"]
_COMPOUNDS = word_set("compounds")
_ENTITIES = frozenset({"city", "country"})


def capitalised(text: str) -> str:
    """The text with capitals on its names, when it was typed without any."""
    inside = re.findall(r"(?<=[\w,] )[A-Z]\w*", text)
    dated = {"weekday", "month"}
    spelled = {"I", "I'm", "I've", "I'd", "I'll"}
    # an acronym tells nothing: "nurse in A&E"
    inside = [word for word in inside if not word.isupper() or word == "I"]
    if any(not (word in spelled or dated & set(categories(word))) for word in inside):
        return text
    text = _BEING_BARE.sub(_being_bare, _LISTED.sub(_all_named, text))
    text = _DOCTOR.sub(lambda m: f"{m.group(1).capitalize()} {m.group(2).capitalize()}", text)
    text = _ASIDE.sub(
        lambda m: m.group(1).capitalize() if _unknown(m.group(1)) else m.group(1), text
    )
    text = _OURS.sub(
        lambda m: f"our {m.group(1).capitalize() if _unknown(m.group(1)) else m.group(1)}", text
    )
    text = _CALLED.sub(_named, _SO_CALLED.sub(_titled, text))
    text = _TWO.sub(_both, text)
    text = _PAIR_AGED.sub(_pair, text)
    text = _SAINT.sub(lambda m: f"{m.group(1)} St {m.group(2).capitalize()}", text)
    text = _ABROAD.sub(lambda m: f"{m.group(1)} {m.group(2).title()}", _PLACED.sub(_place, text))
    text = _BEING.sub(_being, text)
    return _OF_MINE.sub(_person, _BARE_ONE.sub(_person, text))


def _named(match: re.Match[str]) -> str:
    """ "i'm bex", "his name is olav": a word no dictionary has is a name."""
    word = match.group(2)
    plain = not is_name(word) or bool(w.lemmas(word, "ADJ"))
    return f"{match.group(1)} {word if plain else word.capitalize()}"


def _titled(match: re.Match[str]) -> str:
    """ "called mochi", "called wet socks": whatever follows is the name."""
    verb, whom, first, further = match.groups()
    if first in w.GRAMMAR_WORDS | w.ADVERBS:
        return match.group(0)
    words = (further or "").split()
    told_on = words[-1:] and words[-1] in w.GRAMMAR_WORDS | w.ADVERBS
    rest = " ".join(
        word if told_on or word in w.GRAMMAR_WORDS else word.capitalize() for word in words
    )
    return f"{verb}{whom or ''} {first.capitalize()} {rest}".rstrip()


def _both(match: re.Match[str]) -> str:
    """ "my flatmates are jonas and priya"."""
    who, one, joint, other = match.groups()
    if not (is_name(one) and is_name(other)):
        return match.group(0)
    return f"{who} {one.capitalize()} {joint} {other.capitalize()}"


def _all_named(match: re.Match[str]) -> str:
    """ "two collies, fly and ben": so many words as there are of them, or names only."""
    words = re.findall(r"\b(?!(?:and|wee|little|baby)\b)[a-z]+\b", match.group(2))
    counted = match.group(1).split()[0] in {str(len(words)), *_COUNTS[len(words) : len(words) + 1]}
    named = all(is_name(word) for word in words)
    if not (named or (counted and any(is_name(word) for word in words))):
        return match.group(0)
    names = re.sub(
        r"\b(?!(?:and|wee|little|baby)\b)[a-z]+\b",
        lambda m: m.group(0).capitalize(),
        match.group(2),
    )
    return f"{match.group(1)} {names}"


def _being_bare(match: re.Match[str]) -> str:
    who, name = match.groups()
    return f"{who} {name.capitalize()} is " if is_name(name) else match.group(0)


def _pair(match: re.Match[str]) -> str:
    """ "alfie is 6 and poppy is 3"."""
    one, own, between, other, others = match.groups()
    if not (is_name(one) and is_name(other)):
        return match.group(0)
    being, too = (" is" if bare else "" for bare in (own, others))
    return f"{one.capitalize()}{being}{between} {other.capitalize()}{too}"


def is_name(word: str) -> bool:
    """Whether a word without its capital may well be a first name."""
    return word in _FIRST_NAMES or (_unknown(word) and word not in w.GRAMMAR_WORDS)


def _place(match: re.Match[str]) -> str:
    word = match.group(2)
    named = bool(_ENTITIES & set(categories(word))) and not w.lemmas(word, "ADJ")
    return f"{match.group(1)} {word.capitalize()}" if named or _unknown(word) else match.group(0)


def _being(match: re.Match[str]) -> str:
    """ "my lab partner is josh": a word that is neither noun nor adjective is a name."""
    word = match.group(2)
    other = w.lemmas(word, "NOUN") or w.lemmas(word, "ADJ") or word.endswith(("ing", "ed"))
    if other or word in w.GRAMMAR_WORDS | w.ADVERBS | w.INTERJECTIONS or categories(word):
        return match.group(0)
    return f"{match.group(1)} {word.capitalize()}"


def _person(match: re.Match[str]) -> str:
    word, following = match.group(2), match.group(3) or ""
    if word in PEOPLE or word in w.GRAMMAR_WORDS or word in w.ADVERBS:
        return match.group(0)
    token, verb = Token(word), Token(following)
    several = re.search(r"\band $", match.string[: match.start()]) is not None and verb.verb("VBP")
    told_of = verb.auxiliary or verb.verb("VBZ", "VBD") or verb.adverb or several
    alone = token.noun and not token.verb("VBZ", "VBD", "VBG", "VBN") and told_of
    plain = word.endswith(("er", "or", "s")) or word in _COMPOUNDS or bool(categories(word))
    if not (_unknown(word) or (alone and not plain)):
        return match.group(0)
    return f"{match.group(1)} {word.capitalize()}"


def _unknown(word: str) -> bool:
    if word.endswith(("phobic", "phobe", "holic", "ish", "less", "able", "ious", "ative")):
        return False  # "i'm pescaphobic"
    known = any(in_dictionary(part) or part in w.NUMBER_WORDS for part in word.split("-"))
    kinds = categories(word) or categories(word.removesuffix("s"))
    return not known and not kinds and word not in w.ALSO_NOUNS
