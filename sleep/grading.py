"""Right or wrong: answers against accepted words, and what counts as "you have not told me"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

# One kind of apostrophe and one kind of hyphen; models and keyboards have several of each.
_SIGNS: Final = str.maketrans("\u2018\u2019\u02bc\u00b4`\u2010\u2011", "'" * 5 + "--")

_ADVERB: Final = r"(?:(?:actually|really|honestly|also|still|just|yet|ever|currently) )*"
_NOT: Final = rf"(?:do ?n[o']?t|did ?n[o']?t|can ?not|can't|cant|could ?n[o']?t) {_ADVERB}"
_TOLD: Final = r"(?:told|tell|said|say|mention|share|give|provide|specif)"
# Who does not know has to be the speaker: "my neighbours don't know that ..." admits nothing.
_SPEAKER: Final = rf"(?:\bi {_ADVERB}|(?:^|[.,;:!?] ))"
_KNOW: Final = (
    r"(?:know(?! (?:anyone|anybody|a person|people) who)|remember|recall"
    r"|have (?:any|that|this|enough|access|your|information|details|a record))\b"
)
_NOT_TOLD: Final = re.compile(
    rf"\b(?:have ?n[o']?t|did ?n[o']?t) {_ADVERB}(?:been )?{_TOLD}"
    rf"|\b(?:you|you've|you have|i've|i was|was) never {_ADVERB}(?:been )?{_TOLD}"
    rf"|\bnot {_ADVERB}(?:been )?(?:told|mentioned|said|shared|provided|specified)\b"
    rf"|{_SPEAKER}{_NOT}{_KNOW}"
    r"|\bno (?:information|idea|record|memory|way of knowing)\b"
    r"|\bnot (?:sure|aware|certain)\b|\bunsure\b|\bunknown to me\b"
)
# "I'm not sure, but I think her name is Elena" admits and invents all the same.
_ALL_THE_SAME: Final = re.compile(
    r"\b(?:but|however|although|though|anyway),? "
    r"(?:(?:i|we) (?:think|believe|guess|would say)\b"
    r"|(?:it|he|she|they|(?:his|her|its|their) name|your [\w' ]{1,40}?)"
    r"(?: (?:is|was|are|were)|'s|'re) (?!not\b|unknown|something|up to))"
)
# What may stand between a denial and the word that it denies, to the end of what comes before it.
_DENIAL: Final = re.compile(
    r"\b(?:not|no longer|never|instead of|rather than|formerly|previously|isn't|wasn't|from)"
    r"(?: (?:in|at|on|a|an|the|called|named|to|as|with)){0,2} $"
)


def plain(text: str) -> str:
    """Lower case, one kind of apostrophe and space, no accents: for comparing only."""
    text = unicodedata.normalize("NFKD", text.translate(_SIGNS)).translate(_SIGNS).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


def accepted(answer: str, accept: Sequence[str]) -> bool:
    """Whether any of `accept` stands in the answer as whole words."""
    text = plain(answer)
    return any(_places(text, word) for word in accept)


def affirmed(answer: str, words: Sequence[str]) -> bool:
    """Whether any of `words` stands in the answer without being denied ("York, not Leeds")."""
    text = plain(answer)
    starts = [place.start() for word in words for place in _places(text, word)]
    return any(not _DENIAL.search(text[:start]) for start in starts)


def says_not_told(answer: str) -> bool:
    """Whether the answer admits that it does not know, and does not invent one all the same."""
    text = plain(answer)
    return bool(_NOT_TOLD.search(text)) and not _ALL_THE_SAME.search(text)


def _places(text: str, word: str) -> list[re.Match[str]]:
    """Where a word stands whole: 3 is not in 13, nor in 3.5 or 1,300."""
    wanted = re.escape(plain(word))
    pattern = rf"(?<!\w)(?<!\d[.,]){wanted}(?!\w|[.,]\d)"
    return list(re.finditer(pattern, text)) if wanted else []
