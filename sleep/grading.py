"""Right or wrong: answers against accepted words, and what counts as "you have not told me"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

_NOT_TOLD: Final = re.compile(
    r"(have ?n[o']t|never|did ?n[o']t) (yet )?(told|tell|said|say|mention|shared?|given?)"
    r"|not (told|mentioned|said|shared)"
    r"|(do ?n[o']t|do not|can ?not|can't) (actually |really )?"
    r"(know|have (any |that |this |access)|remember|recall)"
    r"|no (information|idea|record|memory)|not sure|unsure|unknown to me",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Lower case, one kind of apostrophe and space, no accents: for comparing only."""
    text = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.split())


def accepted(answer: str, accept: Sequence[str]) -> bool:
    """Whether any of `accept` stands in the answer as whole words."""
    text = plain(answer)
    return any(
        re.search(rf"(?<!\w){re.escape(plain(word))}(?!\w)", text)
        for word in accept
        if word.strip()
    )


def says_not_told(answer: str) -> bool:
    """Whether the answer admits that it does not know."""
    return _NOT_TOLD.search(plain(answer)) is not None
