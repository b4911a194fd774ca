"""What stands in a message but is not the user's own telling: quoted, pasted in, made up.

"Fix the spelling: I am the new manager" says nothing about the user. A title in quotes stays.
"""

from __future__ import annotations

import re

from sleep.recall.english import word_set
from sleep.recall.lexicon import MEMBERS

_DOUBLE = re.compile(r'"([^"]{1,1500})"')
_SINGLE = re.compile(r"(?<![\w'])'(?=\w)([^\n]{12,600}?[.!?\w])'(?!\w)")
_OPEN = re.compile(r':\s*"[^"]*$')
_SPOKEN = re.compile(
    r"\b(?:and I |I )?quote\b(?! from| of).*?(?:\b(?:end quote|unquote|close quote)\b|$)",
    re.I | re.S,
)
_EDITING = "|".join(sorted(word_set("editing_verbs")))
_EDITED = re.compile(
    rf"(?<!I )(?<!must )(?<!should )(?<!let me )(?<!have to )"
    rf"\b(?:{_EDITING})\b[^.!?\n:]{{0,60}}:(?=\s).*$",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(
    r"\b(?:text|email|mail|message|paragraph|sentence|letter|note|bulletin|post|article|this|here|"
    r"web|online|says?|wrote|reads?)\b[^.!?\n]{0,40}:[ \t]*\n.*$",
    re.IGNORECASE | re.DOTALL,
)
_MADE_UP = "|".join(sorted(word_set("made_up")))
_STORY = re.compile(
    rf"(\b(?:write|make|compose|invent|create|draft|tell|give|do|plan|need|want)\b[^.!?\n]*?"
    rf"\b(?:{_MADE_UP})\b[^.!?\n,]{{0,30}}?)[,:]?\s+"
    r"(?:where|in which|set in|as if|starring|from the (?:view|point)|that (?:starts|begins))\b"
    r"[^.!?\n]*",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"(?:^|(?<=[.!?\n]))\s*(?:(?:now then|now|so|ok|okay|well|and|but|just|please|hey)[, ]+)*"
    r"(?:let's |let us |just )?(?:suppose|imagine|pretend|assume|say|what if|picture|role-?play|"
    r"act (?:as|like)|you are|you're)\b"
    r"(?: that)?(?: if)?,? (?:I|we|you|my|a|an|some|the|there)\b[^.!?\n]*",
    re.IGNORECASE,
)


_RECITED = re.compile(
    r"\b(?:essay|story|text|email|letter|note|poem|song|book|article|sign|caption|speech|lyrics|"
    r"line|novel|passage|scene)\b (?:\w+ )?"
    r"(?:begins|starts|says|reads|goes|opens|ends)\b[^.!?\n:]{0,20}:.*",
    re.IGNORECASE,
)
_FOR_A_STORY = re.compile(
    rf"(?:^|(?<=[.!?\n]))\s*(?:so |ok |and )?(?:for|in) (?:my|a|the|our|this) (?:\w+ )?"
    rf"(?:{_MADE_UP}|movie|film|dream|book|campaign|character)\b\s*[,:][^.!?\n]*",
    re.IGNORECASE,
)


_SAMPLE = re.compile(
    r"\b(?:sentence|phrase|caption|headline|tweet|quote|proverb|lyric|joke|poem|view|story|bio|slogan)s?\b[^.!?\n:]{0,20}:\s.*",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"(?:\bDear (?:Mrs?|Ms|Dr|Prof|Sir|Madam|All|all|Team|team|Hiring|[A-Z]\w+)\b[^.!?\n]{0,30},|"
    r"\bTo whom it may concern\b).*",
    re.DOTALL,
)
_THIS = re.compile(
    rf"\b(?:{_EDITING})\b (?:\w+ )?(?:this|the following|below)\b[^.!?\n:]{{0,40}}[?:]\s.*$",
    re.IGNORECASE | re.DOTALL,
)


_DICTATED = re.compile(
    r"\b(?:write|send|draft|compose|text|make|give|do)\b[^.!?\n,]{0,20}?"
    r"\b(?:text|message|email|mail|note|reply|card|letter|post|caption|review)\b[^.!?\n]{0,40}?"
    r"\b(?:saying|that says|to say|telling \w+|explaining)\b[^.!?\n]*",
    re.IGNORECASE,
)


_LIKE_IM_FIVE = re.compile(
    r"\b(?:like|as if|as though) (?:I'm|I am|I was|I were|I've|I have|I had|we're|we have)\b"
    r"[^,.!?]*",
    re.IGNORECASE,
)


_JOBS = "|".join(
    sorted((word for word in MEMBERS["job"] if "_" not in word), key=len, reverse=True)
)
_PLAYED = re.compile(
    rf"^\W*you are (?:my|an?) (?:[a-z]+ )?(?:{_JOBS})\b|"
    r"\bact as (?:an?|my|the) |\brole-?play\b|\bpretend (?:to be|you are|you're|that you)\b",
    re.IGNORECASE,
)


def own_words(message: str) -> str:
    """The message without what is quoted, pasted or supposed. Expects straight quotes."""
    if _PLAYED.search(message):
        return ""
    message = _THIS.sub(".", _LETTER.sub(".", message))
    message = _EDITED.sub(".", _BLOCK.sub(".", message))
    message = _DOUBLE.sub(
        lambda match: match.group(0) if _is_title(match.group(1)) else " ", message
    )
    message = _SPOKEN.sub(" ", _OPEN.sub(".", message))
    message = _SINGLE.sub(
        lambda match: match.group(0) if _is_title(match.group(1)) else " ", message
    )
    message = _SAMPLE.sub(" ", message)
    message = _FOR_A_STORY.sub(" ", _RECITED.sub(" ", message))
    message = _LIKE_IM_FIVE.sub(" ", _DICTATED.sub(" ", message))
    return _SUPPOSED.sub(" ", _STORY.sub(r"\1", message))


def _is_title(text: str) -> bool:
    """Whether a quoted stretch is a name: short, or written with capitals."""
    words = re.findall(r"[\w'-]+", text)
    if len(words) > 12 or "\n" in text:
        return False
    told = re.search(r"\b(?:I|I'm|we|my)\b", text) and len(words) > 3
    capitals = sum(word[0].isupper() or word[0].isdigit() for word in words)
    long = [word for word in words if len(word) > 3]
    return not told and (len(words) <= 4 or capitals >= max(2, len(long) - 1))
