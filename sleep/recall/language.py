"""Whether a sentence is English, the only language that recall can read.

Read as English, other languages give nonsense that would be learned by heart. So the commonest
words of some others are counted against English ones, and another script than the Latin is none of
English.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from sleep.recall import words as w
from sleep.recall.english import table
from sleep.recall.tokens import in_dictionary

NOT_ENGLISH: Final = "not in English"

_WORD: Final = re.compile(r"[^\W\d_]+")
_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_CHAT: Final = frozenset(table("words")["spellings"])
_OTHERS: Final = tuple(frozenset(words.split()) for words in table("others").values())


def english_of(text: str) -> tuple[str, list[str]]:
    """What of a message is English, and its sentences that are not, as they were typed."""
    sentences = _END.split(text)
    others = [sentence for sentence in sentences if foreign(sentence)]
    return (" ".join(x for x in sentences if x not in others) if others else text), others


def foreign(sentence: str) -> bool:
    """Whether it is rather another language's than English; a name or title alone is no language's.

    A few words decide: it takes more of the other language than of English, and two, or most of it.
    """
    words = {word.lower() for word in _WORD.findall(sentence)}
    if not words:
        return False
    if 2 * sum(map(_latin, words)) < len(words):
        return True
    english = sum(word in w.GRAMMAR_WORDS or word in _CHAT or in_dictionary(word) for word in words)
    other = max(len(words & common) for common in _OTHERS)
    return other > english and (other > 1 or 2 * other > len(words))


def _latin(word: str) -> bool:
    return unicodedata.name(word[0], "").startswith("LATIN")
