"""Clauses folded into one another, unfolded: "the gym I go to is called Pulse" says "I go to
Pulse", "having worked in kitchens, I ..." says "I have worked in kitchens".

What a shape takes for granted is given as a sentence of its own; the text keeps the rest.
"""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories
from sleep.recall.saying_names import KIN, NAME, any_of

_SEVERAL = any_of(word.replace("_", " ") for word in word_set("plural_kin"))
_DOINGS = any_of(w.inflect(word, "VBG") for word in word_set("lasting_doings"))
_WHO = r"(?:I|we|[Mm]y \w+|[Oo]ur \w+)"
_OPENS = r"(?:^|(?<=[.!?;,] ))"

# "One of my granddaughters, Imogen, is reading law".
_ONE_OF = re.compile(
    rf"\b[Oo]ne of (my|our) ((?:[a-z-]+ ){{0,2}})({_SEVERAL}|friends|colleagues|students|pupils|"
    rf"neighbours|neighbors|mates),? ({NAME})(?: ?,|(?= (?:is|was|has|had)\b))"
)
# "My dog, a caramelo called Farofa, ate ...".
_APPOSED = re.compile(
    rf"\b((?:[Mm]y|[Oo]ur) (?:[a-z-]+ )?(?:{KIN})), (an? [a-z][\w -]{{2,30}}?)"
    rf" (?:called|named) ({NAME})(?: ?,|(?=\s*(?:[.!?]|$)))"
)
# "My car, a Renault Clio, needs tyres", "my sister, a nurse, says ..."
_BEING_ONE = re.compile(
    r"\b((?:[Mm]y|[Oo]ur) (?:[a-z-]+ )?[a-z-]+), (an? [^,.!?]{3,30}), "
    r"(?=(?:is|has|was|[a-z]+s|[a-z]+ed)\b)"
)
# "The gym I go to is called Pulse", "the school my kids go to, St Anne's, ...".
_WHERE_ONE_GOES = re.compile(
    rf"\b[Tt]he (\w+(?: \w+)?) (?:that |which )?({_WHO}) ([a-z]+(?: [a-z]+)?)"
    rf" (to|at|in|for|with|on)(?: is(?: called)?|, ?(?:called )?) ?(?:the )?"
    rf"([A-Z][\w'&-]*(?: [A-Z][\w'&-]*){{0,2}})(?=\s*(?:[,.!?]|$)| (?:and|but|so)\b)"
)
# "..., to which I am allergic".
_TO_WHICH = re.compile(r"\b(\w+),? (to|of|in|for) which (I am|we are|he is|she is) (\w+)")
# "Living in Oslo I ...", "Being a diabetic, I ...", "Having worked in kitchens, I ...".
_BEING = re.compile(
    rf"{_OPENS}(?:([Ll]iving|{_DOINGS}|(?i:coming from|originally being))"
    r" ([^,.!?]{3,40}?)|[Hh]aving ([a-z]+) ([^,.!?]{3,40}?)),? (?=(?:I|we|my)\b)",
    re.IGNORECASE,
)
# "It's been three years since I moved to Berlin".
_SINCE = re.compile(
    r"\bit (?:has been|is) ((?:about |over |nearly |almost )?(?:an? |\w+ )?"
    r"(?:years?|months?|weeks?|decades?))(?: now)? since ((?:I|we|my|our) [^,.!?]{4,50})",
    re.IGNORECASE,
)
# "All I eat for breakfast is porridge".
_ALL = re.compile(rf"{_OPENS}[Aa]ll (I|we) ([a-z]+)( for \w+)? (?:is|are) ([^,.!?]{{2,30}})")
# "... that the plumber comes on Tuesday" is told, whatever the assistant is asked to do with it.
# "from Lyon, where I live,"
_WHERE_I = re.compile(
    rf"\b({NAME}(?: {NAME})?),? where ({_WHO})"
    r" (lives?|works?|studied|study|studies|grew up|was born|were born)\b"
)
# "the iron pills my doctor started me on"
_PUT_ON = re.compile(
    r"\b(?:the|these|those) ([a-z]+(?: [a-z]+)?) (?:that )?((?:my|the) "
    r"(?:doctor|gp|dr|vet|consultant|cardiologist|dentist|nurse|psychiatrist)) "
    r"(put|started|has) me on\b",
    re.IGNORECASE,
)
_ASKED_TO_KEEP = re.compile(
    r"^(?:please )?(?:can|could|will|would) you (?:please )?"
    r"(?:remember|note(?: down)?|keep in mind|remind me|make a note)(?: that|:|,) ([^?]{5,})\?$",
    re.IGNORECASE,
)


def told_to_keep(sentence: str) -> str:
    """ "Can you remember that my bus is at nine?": what is told by it, or ""."""
    match = _ASKED_TO_KEEP.match(sentence)
    return match.group(1) if match else ""


def unfolded(text: str) -> tuple[str, list[str]]:
    """The text with such clauses made plain, and what it says besides, as sentences."""
    besides: list[str] = []
    besides += _gone_to(text)
    for what, prep, who, how in _TO_WHICH.findall(text):
        besides.append(f"{who} {how} {prep} {what if what[0].isupper() else what.lower()}.")
    besides += [
        f"{who[0].upper()}{who[1:]} {verb} in {name}." for name, who, verb in _WHERE_I.findall(text)
    ]
    besides += [
        f"{who[0].upper()}{who[1:]} {verb} me on {what}."
        for what, who, verb in _PUT_ON.findall(text)
    ]
    for match in _BEING.finditer(text):
        doing, where, done, rest = match.groups()
        if doing and not re.search(r"\b(?:alone|proof|like|through)\b", where):
            verb = w.verb_lemma(doing.split()[0].lower())
            besides.append(f"I {'come from' if verb == 'come' else verb} {where}.")
        elif done and w.has_tag(done, "VBN") and w.verb_lemma(done) != done:
            besides.append(f"I have {done} {rest}.")
    besides = [told[0].upper() + told[1:] for told in besides]
    text = _ONE_OF.sub(_one_of, text)
    apposed = _APPOSED.search(text)
    if apposed is not None:
        whose, kind, name = apposed.groups()
        besides += [f"{whose} is called {name}.", f"{whose} is {kind}."]
        text = f"{text[: apposed.start()]}{whose} {text[apposed.end() :].lstrip(', ')}"
    text = _BEING_ONE.sub(lambda match: _being_one(match, besides), text)
    text = _SINCE.sub(lambda match: f"{match.group(2)} {match.group(1)} ago", text)
    return _ALL.sub(r"\1 \2 \4\3", text), besides


def _gone_to(text: str) -> list[str]:
    """The sentences "I go to a gym called Pulse" of all that is said so."""
    found = []
    for thing, who, verb, prep, name in _WHERE_ONE_GOES.findall(text):
        if w.has_tag(verb.split()[0], "VBP", "VBZ", "VBD") and not name.startswith("I "):
            place = f"{'an' if thing[0] in 'aeiou' else 'a'} {thing} called {name}"
            found.append(f"{who[0].upper()}{who[1:]} {verb} {prep} {place}.")
    return found


def _being_one(match: re.Match[str], besides: list[str]) -> str:
    """ "My car, a Renault Clio, needs ..." without the apposition, which is told besides."""
    whose, kind = match.groups()
    last = kind.split()[-1]
    known = {"job", "animal", "car make", "instrument"} & set(categories(last))
    if not (known or re.search(rf"\b{NAME}", kind)):
        return match.group(0)
    besides.append(f"{whose} is {kind}.")
    return f"{whose} "


def _one_of(match: re.Match[str]) -> str:
    whose, described, several, name = match.groups()
    return f"{whose} {described}{w.noun_lemma(several)} {name}"
