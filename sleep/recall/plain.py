"""Roundabout ways of saying, made plain: "it's our anniversary on the 3rd" is "our anniversary is
on the 3rd", "Ole, that's my neighbour" is "my neighbour is called Ole".

Every rule is a shape of English, with closed word classes in it; what comes out is read and
checked like any sentence.
"""

from __future__ import annotations

import re

from sleep.recall import words as w
from sleep.recall.english import table, word_set
from sleep.recall.lexicon import MEMBERS, PEOPLE, categories

_KIN = "|".join(
    sorted(
        {word for word in (*PEOPLE, *MEMBERS["animal"]) if " " not in word}, key=len, reverse=True
    )
)
_FRIENDS = frozenset({"friend", "neighbour", "neighbor", "colleague", "girlfriend", "boyfriend"})
_SEVERAL = [word.replace("_", " ") for word in word_set("plural_kin")]
_EVENTS = "|".join(
    sorted({*MEMBERS["event"], *word_set("regular_events")}, key=len, reverse=True)
)
_MONTHS = "|".join(MEMBERS["month"])
_DAYS = "|".join(word for word in MEMBERS["weekday"] if word.endswith("day"))
_ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|\w+(?:th|eth)|twenty-\w+)"
_DATE = (
    rf"(?:(?:the )?{_ORDINAL}(?: of)? (?:{_MONTHS})|(?:the )?\d{{1,2}}(?:st|nd|rd|th)|"
    rf"\d{{1,2}} (?:{_MONTHS})|(?:{_MONTHS}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?|(?:{_DAYS}))"
)
_NAME = r"[A-Z][a-zà-ÿ]+(?:-[A-Z][a-z]+)?"
_END = r"(?=\s*(?:[,.!?;]|$)|\s(?:and|but|so|because|who|he|she|they|we|I)\b)"
_NUMBER = r"\d{1,2}(?:\.5)?|" + "|".join(sorted(w.NUMBER_WORDS, key=len, reverse=True))
_AGED = rf"(?:,? who (?:is|has just turned|just turned|turned)|,? aged|,?) ({_NUMBER})(?: years?(?: old)?)?(?! \w+s\b)"

# "we had a boy, Ole": the name belongs to the boy.
_ONE_NAMED = re.compile(
    rf"(?i:\b(a|an|one|another|our first|our second|our third|only)) ((?:[a-z-]+ ){{0,2}}(?:{_KIN})),"
    rf" ({_NAME}){_END}"
)
_KIND_NAMED = re.compile(
    rf"\b(?i:(my|our|the)) ((?:[a-z]+ )?(?:{_KIN})) is (an?) ([A-Za-z][a-z -]{{2,30}}), ({_NAME}){_END}"
)
_INTRODUCED = re.compile(rf"\bI am ({_NAME}(?: {_NAME})?), (an? [^,.!?]{{3,50}})")
_EVENT_BARE = re.compile(
    rf"^(?:(?:got|have) )?(?:an? |my |our )?((?:(?!the |my )[a-z-]+ ){{0,2}}(?:{_EVENTS})) ((?:on|at|in|this|next) [^.!?]*)[.!]?$",
    re.IGNORECASE,
)
_DUE = re.compile(
    rf"(^|[,;] |\b(?:and|but|my) )((?:[a-z]+ ){{1,3}}?)due (?:on )?({_DATE})", re.IGNORECASE
)
_OURS = re.compile(rf"\b(?i:(ours|mine)) is (a|an) ([A-Za-z][a-z -]{{2,30}}), ({_NAME}){_END}")
_PRESENTED = re.compile(
    rf"\b({_NAME}),? (?:that|this|which|who) is ((?:my|our) (?:[\w-]+ ){{0,3}}?(?:{_KIN})){_END}"
)
_CALLED_ME = re.compile(
    r"\b(?:(?:[Yy]ou|[Tt]hey|people|folks|everyone|everybody|friends|most people|my friends|the lads|[Ee]veryone|[Ee]verybody|[Pp]eople|[Ff]olks)"
    rf"(?: all| can| may| mostly| just| usually)* call|please call|just call) me ({_NAME})\b(?! (?:{_KIN}))"
)
_KNOWN_AS = re.compile(
    rf"\b(?:everyone|everybody|people|folks|they|most people|friends) (?:all )?knows? me as ({_NAME})\b"
)
_BORN_AND = re.compile(
    r"\b(I|we|he|she|my [\w ]{2,20}?) (was|were) born (in|on|near) ([^,.!?]{2,40}?),? (?:and|but) (?:then )?"
    r"(?:was )?(raised|brought up|grew up) ",
    re.IGNORECASE,
)
_NAME_BARE = re.compile(rf"\b([Mm]y name) ({_NAME})\b(?! (?:is|was|and)\b)")
_CALLS = re.compile(rf"\b((?:[Mm]y|[Oo]ur) (?:{_KIN})) calls? ({_NAME}){_END}")
_KIN_NAMED = re.compile(
    rf"\b(with|to|from|for|by|and|see|meet|visit|call) ({'|'.join(sorted(word_set('bare_people') | _FRIENDS))}) ({_NAME})\b"
)
_WHOSE = re.compile(
    rf"\b[Tt]he (birthday|name|job|house|school|wedding|husband|wife|dog|cat|son|daughter) of ({_NAME})\b"
)
_HERE = re.compile(
    rf"^(?:(?i:it|this) is ({_NAME}) here\b|(?i:(?:hi|hello|hey|good \w+)(?: there| again)?[,!]? this is)"
    rf" ({_NAME})(?=[,.!]|$| from\b| again\b))"
)
_ITS_EVENT = re.compile(
    r"\b(?:it|that|this) (is|was) (?:for )?"
    rf"((?:my|our|{_NAME}'s)(?: [\w'-]+){{0,4}}? (?:{_EVENTS})),? "
    r"(?=(?:at|in|on|next|this|tomorrow|from|until)\b)",
    re.IGNORECASE,
)
_DATE_IS = re.compile(
    rf"(?:(?<=^)|(?<=[,.;] )|(?<=\band )|(?<=\bbut ))(?:on )?({_DATE}) (is|was) "
    rf"(?:only |just )?((?:my|our|the|(?:my |our )?[\w]+'s)(?: [\w'-]+){{1,4}}?)(?=\s*(?:[,.!?]|$)| and\b| but\b| with\b)",
    re.IGNORECASE,
)
_CLEFT = re.compile(
    rf"\b(?:it|that) is ({_DATE})(?: that| when)? ((?:I|we|my \w+|our \w+) [^,.!?]+)", re.IGNORECASE
)
_DATE_FOR = re.compile(
    rf"\b(?:it|that) is ({_DATE}) for ((?:my|our|the) [\w' -]{{2,30}}?)(?=\s*(?:[,.!?]|$)| not\b| and\b)",
    re.IGNORECASE,
)
_THERE = re.compile(
    rf"\bthere is (?:also )?(an?) ((?:[\w-]+ ){{0,2}}(?:{_EVENTS}))((?: (?:at|in|on|for|every)\b)[^,.!?]*)",
    re.IGNORECASE,
)
_REGULAR = re.compile(rf"\b(?:every|each|{_DAYS}|{_MONTHS})", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|we|me|us|my|our)\b")
_MEANT = re.compile(
    r"\b(am|is|are|was|were) (?:meant|supposed|due|set|scheduled) to (?=\w)", re.I
)
_WORK_LIKE = re.compile(
    rf"\b(work(?:s|ed|ing)?) like (an? )?((?:[a-z]+ )?(?:{'|'.join(MEMBERS['job'])}))\b", re.I
)
_SAID: list[tuple[re.Pattern[str], str]] = [
    (re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE), put)
    for pattern, put in table("plainer")["pairs"]
]


def plain(sentence: str) -> list[str]:
    """The sentence in plainer words, and what it says besides; the sentence alone if it is plain."""
    text = sentence
    for pattern, put in _SAID:
        text = pattern.sub(put, text)
    text = _NAME_BARE.sub(r"\1 is \2", text)
    text = _CALLS.sub(r"\1 is called \2", text)
    text = _KIN_NAMED.sub(r"\1 my \2 \3", text)
    text = _WHOSE.sub(r"\2's \1", text)
    text, besides = _ages(text)
    text = _ONE_NAMED.sub(_one_named, text)
    text = _KIND_NAMED.sub(r"my \2 is \3 \4. My \2 is called \5", text)
    text = _INTRODUCED.sub(r"I am \1, I am \2", text)
    text = _EVENT_BARE.sub(r"my \1 is \2", text)
    text = _DUE.sub(_due, text)
    text = _OURS.sub(r"\1 is \2 \3 called \4", text)
    text = _PRESENTED.sub(r"\2 is called \1", text)
    text = _CALLED_ME.sub(r"I am called \1", text)
    text = _KNOWN_AS.sub(r"I am called \1", text)
    text = _HERE.sub(lambda m: f"I am {m.group(1) or m.group(2)}", text)
    text = _BORN_AND.sub(_born, text)
    text = _ITS_EVENT.sub(r"\2 \1 ", text)
    text = _DATE_FOR.sub(r"\2 is on \1", text)
    text = _CLEFT.sub(lambda m: f"{m.group(2).rstrip()} on {m.group(1)}", text)
    text = _DATE_IS.sub(lambda m: f"{m.group(3)} {m.group(2)} on {_lower(m.group(1))}", text)
    if _FIRST_PERSON.search(text):
        text = _THERE.sub(_existing, text)
    text = _MEANT.sub(lambda m: f"{m.group(1)} going to ", text)
    text = _WORK_LIKE.sub(lambda m: f"{m.group(1)} as {m.group(2) or 'a '}{m.group(3)}", text)
    return [text, *besides]


def _lower(text: str) -> str:
    """A date without the capital of a sentence's beginning: "The 17th"."""
    return text[0].lower() + text[1:] if text.lower().startswith("the ") else text


def _one_named(match: re.Match[str]) -> str:
    article, noun, name = match.groups()
    if categories(name) or w.is_time(name.lower()):
        return match.group(0)
    return f"{article} {noun} called {name}"


def _due(match: re.Match[str]) -> str:
    """ "dissertation due 31 August" -> "my dissertation is due on 31 August"."""
    opening, thing, date = match.groups()
    words = thing.lower().split()
    if {"is", "are", "was", "be", "am", "not", "baby"} & set(words):
        return match.group(0)
    own = "" if opening.strip().lower() == "my" or words[0] in {"my", "our", "the"} else "my "
    return f"{opening}{own}{thing}is due on {date}"


def _born(match: re.Match[str]) -> str:
    """ "I was born in X and raised in Y", as two sentences' worth."""
    who, be, preposition, where, raised = match.groups()
    verb = raised if raised.lower() == "grew up" else f"{be} {raised}"
    return f"{who} {be} born {preposition} {where}, and {who} {verb} "


def _existing(match: re.Match[str]) -> str:
    """ "there is a class every Monday" -> "we have a class every Monday", when it is regular."""
    article, event, rest = match.groups()
    return f"we have {article} {event}{rest}" if _REGULAR.search(rest) else match.group(0)


_LISTED = re.compile(
    rf"\b(?i:(two|three|four|five|six|\d)) ((?:[a-z-]+ ){{0,2}}(?:{'|'.join(sorted(_SEVERAL))}))"
    rf"(?:,|:| -| called| named) ((?:(?:,? and |, |,)?(?:(?:the )?(?:baby|little),? )?{_NAME}(?:{_AGED}|,? ?\({_NUMBER}\)|,? (?:\d{{1,2}}))?)+)"
)
_ITEM = re.compile(
    rf"({_NAME})(?:{_AGED}|,? ?\(({_NUMBER})\)|,? (\d{{1,2}}))?"
)


def _ages(text: str) -> tuple[str, list[str]]:
    """ "two boys, Ole who is 7 and Per who is 5" -> "two boys, Ole and Per", and how old each is."""
    match = _LISTED.search(text)
    if match is None:
        return text, []
    names: list[str] = []
    besides: list[str] = []
    for item in _ITEM.finditer(match.group(3)):
        name, *ages = item.groups()
        age = next((one for one in ages if one), "")
        names.append(name)
        if age and name not in names[:-1]:
            besides.append(f"{name} is {age} years old.")
    if len(names) < 2 or not besides:
        return text, []
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    whole = f"{match.group(1)} {match.group(2)}, {listed}"
    return text[: match.start()] + whole + text[match.end() :], besides
