"""Names given in roundabout ways, made plain: "Ole, that's my neighbour" is "my neighbour is called
Ole"; "two boys, Ole who is 7 and Per who is 5" are "two boys, Ole and Per", one seven, one five.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS, PEOPLE, categories


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first."""
    return "|".join(sorted(words, key=lambda one: (-len(one), one)))


KIN = any_of(word for word in (*PEOPLE, *MEMBERS["animal"]) if " " not in word)
NAME = r"[A-Z][a-zà-ÿ]+(?:-[A-Z][a-z]+)?"
END = r"(?=\s*(?:[,.!?;]|$)|\s(?:and|but|so|because|who|he|she|they|we|I)\b)"
_SEVERAL = any_of(word.replace("_", " ") for word in word_set("plural_kin"))
_CLOSE = any_of(word_set("bare_people") | word_set("friends"))
_NUMBER = rf"(?:\d{{1,2}}(?:\.5)?|{any_of(w.NUMBER_WORDS)})"
_WHO_IS = r"who (?:is|has just turned|just turned|turned)"
_AGED = rf"(?:,? {_WHO_IS}|,? aged|,?) ({_NUMBER})(?: years?(?: old)?)?(?! \w+s\b)"
_PEOPLE = (
    "you|they|people|folks|everyone|everybody|friends|most people|my friends|the lads|"
    "all my friends|Everyone|Everybody|People|Folks|They|You|My friends"
)

# "we had a boy, Ole": the name belongs to the boy.
_ONE_NAMED = re.compile(
    rf"(?i:\b(a|an|one|another|our first|our second|our third|only))"
    rf" ((?:[a-z-]+ ){{0,2}}(?:{KIN})), ({NAME}){END}"
)
_KIND_NAMED = re.compile(
    rf"\b(?i:(?:my|our|the)) ((?:[a-z]+ )?(?:{KIN})) is (an?) ([A-Za-z][a-z -]{{2,30}}),"
    rf" ({NAME}){END}"
)
_OURS = re.compile(rf"\b(?i:(ours|mine)) is (a|an) ([A-Za-z][a-z -]{{2,30}}), ({NAME}){END}")
_PRESENTED = re.compile(
    rf"\b({NAME}),? (?:that|this|which|who) is ((?:my|our) (?:[\w-]+ ){{0,3}}?(?:{KIN})){END}"
)
_INTRODUCED = re.compile(rf"\bI am ({NAME}(?: {NAME})?), (an? [^,.!?]{{3,50}})")
_HAVE_NAMED = re.compile(
    rf"\b(have|has|had|got) (?:this|a|an|one) ((?:[a-z]+ ){{0,3}}?(?:{KIN}))"
    rf" ({NAME})\b(?! (?:{KIN}))"
)
_ADDED = re.compile(rf"\b(?i:(he|she)) is (an?) ([a-z][a-z -]{{2,30}}), ({NAME}){END}")
_THERE_ARE = re.compile(
    rf"\b(?i:there are) (two|three|four|five|\d) ((?:[a-z]+ )?(?:{_SEVERAL}))\b[^,.!?]{{0,30}},"
    rf" ({NAME}(?:, {NAME})*,? and {NAME})\b"
)
_NAME_AGE = re.compile(rf"\bI am ({NAME}(?: {NAME})?), (\d{{1,2}})(?=,|\.|$| and\b)")
_CALLED_ME = re.compile(
    rf"\b(?:(?:{_PEOPLE})(?: all| can| may| mostly| just| usually)* calls?|"
    r"(?i:please call|just call|you can call))"
    rf" me ({NAME})\b(?! (?:{KIN}))"
)
_NICKNAMED = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur) (?:[a-z]+ )?(?:{KIN}|{_SEVERAL}) (?:all |still |always )?calls? me"
    rf" ({NAME}(?:[- ][A-Z][a-z]+)?)\b"
)
_KNOWN_AS = re.compile(rf"\b(?:{_PEOPLE}) (?:all )?knows? me as ({NAME})\b")
_HERE = re.compile(
    rf"^(?:(?i:it|this) is ({NAME}) here\b|"
    r"(?i:(?:hi|hello|hey|good \w+)(?: there| again)?[,!]? this is)"
    rf" ({NAME})(?=[,.!]|$| from\b| again\b))"
)
_NAME_BARE = re.compile(rf"\b([Mm]y name) ({NAME})\b(?! (?:is|was|and)\b)")
_IS_CALLED = re.compile(
    rf"\b((?:[Mm]y|[Oo]ur) (?:[a-z]+ )?(?:{KIN})),"
    rf" (?:(?:is |it is |who is |that is |which is )?(?:called|named)|whose name is) ({NAME})\b"
)
_CALLS = re.compile(rf"\b((?:[Mm]y|[Oo]ur) (?:{KIN})) calls? ({NAME}){END}")
_KIN_NAMED = re.compile(
    rf"\b(with|to|from|for|by|and|see|meet|visit|call|have|has) ({_CLOSE}) ({NAME})\b"
)
_OPENING_NAMED = re.compile(
    rf"(?:(?<=^)|(?<=[,;] ))((?i:(?:best |older |younger |big |little )?(?:{_CLOSE}))) ({NAME})"
    rf"\b(?! (?:{KIN}))"
)
_WHOSE = re.compile(
    r"\b[Tt]he (birthday|name|job|house|school|wedding|husband|wife|dog|cat|son|daughter)"
    rf" of ({NAME})\b"
)
_LISTED = re.compile(
    rf"\b(?i:(two|three|four|five|six|\d)) ((?:[a-z-]+ ){{0,2}}(?:{_SEVERAL}))"
    rf"(?:,|:| -| called| named) ((?:(?:,? and |, |,)?(?:(?:the )?(?:baby|little),? )?{NAME}"
    rf"(?:{_AGED}|,? ?\({_NUMBER}\)|,? (?:\d{{1,2}}))?)+)"
)
# "We named her Noodle".
_WE_NAMED = re.compile(rf"\b(?:I|we|they) (?:have )?(?:named|called) (him|her|it) ({NAME}){END}")
_PRONOUN = {"him": "he", "her": "she", "it": "it"}
# "I hate my middle name, it's Gertrude".
_ITS_NAME = re.compile(
    rf"\b([Mm]y (?:middle|first|second|last|maiden|full) name)\b[^,.;!?]{{0,20}}"
    rf"[,;] it is ({NAME}){END}"
)
# "I am married with Paula".
_MARRIED_TO = re.compile(rf"\b[Mm]arried (?:[a-z0-9 ]{{0,20}}?)(?:to|with) ({NAME})\b")
# "My kids, Mia and Ben, ...", "both of our cats, Salt and Pepper".
_SEVERAL_NAMED = re.compile(
    rf"\b(?i:(?:(both|all)(?: of)? )?(my|our|the (?=two|three|four))) ?((?:[a-z-]+ ){{0,2}}"
    rf"(?:{_SEVERAL}|parents|friends)),?"
    rf" ({NAME}(?:, {NAME})*,? (?:and|&) {NAME})(?: ?,|(?=\s*(?:[.!?]|$| )))"
)
_ITEM = re.compile(rf"({NAME})(?:{_AGED}|,? ?\(({_NUMBER})\)|,? (\d{{1,2}}))?")


def plain_names(text: str) -> tuple[str, list[str]]:
    """The text with names given plainly, and what it says of those named, as sentences."""
    text = _NAME_BARE.sub(r"\1 is \2", text)
    text = _CALLS.sub(r"\1 is called \2", text)
    text = _IS_CALLED.sub(r"\1 \2", text)
    text = _KIN_NAMED.sub(r"\1 my \2 \3", text)
    text = _OPENING_NAMED.sub(lambda match: f"my {match.group(1).lower()} {match.group(2)}", text)
    text = _WHOSE.sub(r"\2's \1", text)
    text, besides = _ages(text)
    besides += [f"{which} is {name}." for which, name in _ITS_NAME.findall(text)]
    besides += [f"My spouse is called {name}." for name in _MARRIED_TO.findall(text)]
    several = _SEVERAL_NAMED.search(text)
    if several is not None:
        _, whose, noun, names = several.groups()
        besides.append(f"I have {noun}, {names}.")
        text = f"{text[: several.start()]}{whose} {noun} {text[several.end() :].lstrip()}"
    text = _WE_NAMED.sub(lambda m: f"{_PRONOUN[m.group(1)]} is called {m.group(2)}", text)
    text = _ONE_NAMED.sub(_one_named, text)
    text = _KIND_NAMED.sub(r"my \1 is \2 \3. My \1 is called \4", text)
    text = _NAME_AGE.sub(r"I am \1. I am \2 years old", text)
    text = _INTRODUCED.sub(r"I am \1, I am \2", text)
    text = _OURS.sub(r"\1 is \2 \3 called \4", text)
    text = _HAVE_NAMED.sub(_have_named, text)
    text = _ADDED.sub(r"\1 is \2 \3. \1 is called \4", text)
    text = _THERE_ARE.sub(r"I have \1 \2, \3", text)
    text = _PRESENTED.sub(r"\2 is called \1", text)
    text = _NICKNAMED.sub(r"my nickname is \1", text)
    text = _KNOWN_AS.sub(r"I am called \1", _CALLED_ME.sub(r"I am called \1", text))
    return _HERE.sub(lambda match: f"I am {match.group(1) or match.group(2)}", text), besides


def _have_named(match: re.Match[str]) -> str:
    having, noun, name = match.groups()
    return f"{having} {'an' if noun[0] in 'aeiou' else 'a'} {noun} called {name}"


def _one_named(match: re.Match[str]) -> str:
    article, noun, name = match.groups()
    if categories(name) or w.is_time(name.lower()):
        return match.group(0)
    return f"{article} {noun} called {name}"


def _ages(text: str) -> tuple[str, list[str]]:
    """The names of a list without the ages among them, and how old each is."""
    match = _LISTED.search(text)
    if match is None:
        return text, []
    names: list[str] = []
    besides: list[str] = []
    for item in _ITEM.finditer(match.group(3)):
        name, *ages = item.groups()
        age = next((one for one in ages if one), "")
        names.append(name)
        if age:
            besides.append(f"{name} is {age} years old.")
    if len(set(names)) < 2 or not besides:
        return text, []
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    whole = f"{match.group(1)} {match.group(2)}, {listed}"
    return text[: match.start()] + whole + text[match.end() :], besides
