"""Text messages made fuller: "hey its bex, 31, from hull. moved here in may" is "I am Bex. I am 31
years old. I am from Hull. I moved here in May".

Only what opens plainly with a dropped "I am" or "I" is completed, and only where nobody else was
spoken of just before; what comes out is read and checked like any sentence.
"""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.english import word_set
from sleep.recall.frames import job
from sleep.recall.lexicon import categories, is_person
from sleep.recall.phrases import noun_phrase
from sleep.recall.saying_names import KIN, NAME, any_of
from sleep.recall.tokens import Token, tokenise
from sleep.recall.uncapitalised import is_name


def _listed(name: str) -> str:
    """A pattern for the words and, written with "_", phrases of a class."""
    return any_of(word.replace("_", " ") for word in word_set(name))


_COUNT = rf"\d{{1,2}}|{any_of(w.NUMBER_WORDS)}"
_KIN_OR_PETS = any_of((KIN, _listed("plural_kin")))
# What stands between two things told in one sentence.
_JOINT = re.compile(r"(,? (?:and|but|so|plus) (?:also |now |just )?|, (?:also |now |just )?)")
_HAVING = re.compile(
    rf"(?:got |have )?(?=(?:{_COUNT}|no) (?:[a-z]+ ){{0,2}}?(?:{_KIN_OR_PETS})\b"
    r"(?! (?:is|are|was)\b))"
)
# How a piece opens when "I" or "I am" is left out, and what is put there.
_OPENINGS = [
    (re.compile(pattern), put)
    for pattern, put in (
        (r"been (?=(?:an?|in|at|with|on|off|here|[a-z]+(?:ing|ed|er))\b)", "I have been "),
        (rf"(?=(?:{_listed('bare_past')})\b)", "I "),
        (rf"(?=(?:{_listed('bare_present')})\b)", "I "),
        (rf"(?=(?:{_listed('bare_doings')})\b)", "I am "),
        (rf"(?=(?:{_listed('conditions')})$)", "I am "),
        (r"will be (\d+)\b(?! (?:of|in|per|minutes|people|euros?))", r"I will be \1 years old"),
        (r"(?=(?:called|named) (?:it|him|her) [A-Z])", "I "),
        (
            rf"({_COUNT}) (years|months) (?=(?:married|sober|clean|together)$)",
            r"I have been \1 \2 ",
        ),
        (r"(?=(?:\d(?:st|nd|rd|th)|first|second|third|fourth|final) year$)", "I am in my "),
        (r"(?:the )?(?=(?:eldest|oldest|youngest) is\b)", "my "),
        (r"(?:just |finally )?got (?=(?:diagnosed|an?|my|our)\b)", "I got "),
        (
            r"(?=take (?:an? |my )?[a-z]+(?: [a-z]+)? "
            r"(?:every|each|at|twice|once|daily|for (?:my|the)|in the)\b)",
            "I ",
        ),
    )
]
_INTRODUCED = re.compile(
    rf"(?:I am|my name is|I am called) {NAME}$|I am (?:{_COUNT})$|.* years old$"
)
_INTERJECTION = re.compile(
    rf"^(?:(?:{any_of(w.INTERJECTIONS)}|{_listed('greetings')})[ ,!.]+)+", re.I
)
_AGE = re.compile(r"(?:aged? )?([1-9]\d)(?: years?)?(?: old| young)?(?: yo| y/o)?$")
_ORIGIN = re.compile(r"(?=(?:originally )?from [A-Z])")
_FROM = re.compile(r"(?:originally )?from [A-Z]\w+(?: [A-Z]\w+)?(?: originally)?$")
_STATE = re.compile(rf"(?=(?:{_listed('conditions')})\b)")
_PARENT = re.compile(
    r"(?:a )?((?:single |proud |working )?(?:mum|mom|mam|mother|dad|father|parent)) (?:to|of) "
    r"(.+)$"
)
_GREETED = rf"^(?:(?:{_listed('greetings')}|x+)\b[\s,!.]*)*"
# "hi its bex here", "names bex", "bex here", "hey its bex".
_ITS_ME = re.compile(
    rf"{_GREETED}(?:(?:it's|its|this is) ([a-z]+) here\b|"
    r"(?:the |my )?name(?:'?s| is) ([a-z]+)\b|([a-z]+) here(?=[,.!]|$))",
    re.IGNORECASE,
)
_ITS_NAME = re.compile(
    rf"{_GREETED}(?<=[a-z,!. ] )(?:it's|its|this is) ([a-z]+)(?=[,.!]|$| from\b)", re.IGNORECASE
)
# "hiya can you help with my cv, I'm a hairdresser": asked, then told.
_REQUEST = re.compile(
    rf"{_GREETED}((?:can|could|would|will) (?:you|u) (?:please )?[a-z][^.!?,\n]{{3,80}}),"
    r"(?= (?:I'm|I've|I am|I have|I work|I live|my|we|our)\b)",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"(?<=\w) (?:btw|lol|lmao|haha\w*|tho|xd|omg|ngl|tbh|smh|ffs) "
    r"(?=(?:i|im|i'm|ive|i've|my|we|he|hes|she|shes|its|they|theyre|got|our|dont|cant)\b)",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"(?<=\w) (?=(?:he|she|they|we|I|it)'(?:s|re|m) (?:an? |called |from |allergic |married |"
    r"retired |studying |\d+\b|(?:in|at) (?:the |a )?[a-z]{2,}\b))"
)
_LEADS_ON = (
    w.SUBORDINATORS
    | w.WH_WORDS
    | w.COORDINATORS
    | w.PREPOSITIONS
    | w.INTERJECTIONS
    | w.ADVERBS
    | {"that", "so", "then", "like", "says", "said", "but", "and"}
)
_THAT_VERBS = word_set("that_verbs")
_AGED = rf"({NAME})(?: is| (?:has )?(?:just )?turned)? (\d{{1,2}})(?: years)?(?: old)?"
_PAIR_AGED = re.compile(rf"^{_AGED}(?:,? and|,| &) {_AGED}(?=\s*(?:[,.!]|$))")
_OPEN = re.compile(
    r"^(?:if|when|what|how|why|who|where|would|should|could|can|do|does|is|are)\b", re.I
)


def apart(text: str) -> str:
    """A message as typed, with a full stop for the "lol" or "btw" between two things told."""
    return _SAYS_NOTHING.sub(". ", text)


def punctuated(text: str) -> str:
    """A message with "its bex here" told plainly and a full stop where a new clause runs on."""
    text = _REQUEST.sub(r"\1?", text)
    text = _ITS_ME.sub(_presented, _ITS_NAME.sub(_presented, text))
    begin = 0
    for match in list(_RUN_ON.finditer(text)):
        before = re.split(r"[.!?,\n]", text[begin : match.start()])[-1]
        last = before.split()[-1].lower() if before.split() else "and"
        stated = last in _LEADS_ON or w.verb_lemma(last) in _THAT_VERBS
        if not stated and clauses(tokenise(before)):
            text = f"{text[: match.start()]},{text[match.start() :]}"
    return text


def _presented(match: re.Match[str]) -> str:
    name = next(one for one in match.groups() if one)
    return f"I'm {name}" if is_name(name.lower()) else match.group(0)


def with_ages(text: str) -> list[tuple[str, str]]:
    """ "Alfie is 6 and Poppy just turned 3": names with how old they are, or nothing."""
    match = _PAIR_AGED.match(text)
    return [(match.group(1), match.group(2)), (match.group(3), match.group(4))] if match else []


def fuller(sentence: str) -> list[str]:
    """The sentence with what is left out put in: one or, after an introduction, several."""
    if sentence.rstrip().endswith("?") or _OPEN.match(sentence):
        return [sentence]
    ages = with_ages(sentence)
    if ages:
        rest = _PAIR_AGED.sub("", sentence).strip(" ,.!")
        both = " and ".join(f"{name} is {age} years old" for name, age in ages)
        return [both, *([rest] if rest else [])]
    parts = _JOINT.split(sentence.rstrip(" .!"))
    told = [""]
    introduced = False
    for joint, piece in zip(["", *parts[1::2]], parts[::2], strict=True):
        whole = _introducing(piece) if introduced else ""
        if whole:
            told.append(whole)
            continue
        opening = told == [""]
        whole = _completed(piece, opening) if opening or not _of_another(told[-1]) else ""
        told[-1] = f"{told[-1]}{joint}{whole or piece}"
        introduced = introduced or _INTRODUCED.match(told[-1]) is not None
    return told if told != [sentence.rstrip(" .!")] else [sentence]


def _completed(piece: str, opening: bool = False) -> str:
    """A piece that opens with a verb whose subject can only be I, with it; "" for another.

    opening: it begins the sentence.
    """
    plain = _INTERJECTION.sub("", piece) if opening else piece
    plain = plain[:1].lower() + plain[1:]
    if _FROM.match(plain) and (opening or plain.startswith("ori") or plain.endswith("originally")):
        return f"I am {plain}"
    if opening and _HAVING.match(plain) and not clauses(tokenise(plain)):
        return f"I have {_HAVING.sub('', plain, count=1)}"
    running = plain.split(" ", 1)[0].endswith("ing")  # "living in Oslo I never see the sun"
    for pattern, put in _OPENINGS:
        if pattern.match(plain) and not (running and clauses(tokenise(plain))):
            return pattern.sub(put, plain, count=1)
    return ""


def _of_another(text: str) -> bool:
    """Whether what was told last is of somebody else, who may be meant on."""
    found = clauses(tokenise(text)) if text else []
    if not found:
        return False
    subject = found[-1].subject
    other = subject.first in {"he", "she", "they", "it", "who", "you"} or is_person(subject.head)
    named = bool(subject.names) and subject.first not in {"i", "we"}
    return other or named or "animal" in categories(subject.head)


def _introducing(piece: str) -> str:
    """What a piece after one's own name says of oneself; "" for anything else."""
    age = _AGE.match(piece)
    if age:
        return f"I am {age.group(1)} years old"
    if _ORIGIN.match(piece) or _STATE.match(piece):
        return f"I am {piece}"
    parent = _PARENT.match(piece)
    if parent:
        return f"I have {parent.group(2)}"
    whole = _completed(piece)
    if whole:
        return whole
    plain = re.sub(r"^(?:an?) ", "", piece)
    phrase = noun_phrase([Token("x"), *tokenise(plain)], 1)
    if phrase is None or not job(phrase) or clauses(tokenise(piece)):
        return ""
    return f"I am {'an' if plain[0].lower() in 'aeiou' else 'a'} {plain}"
