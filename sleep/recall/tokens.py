"""Sentences into tokens, each with the word classes it may belong to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sleep.recall import words as w

_TOKEN = re.compile(
    r'"[^"]{1,80}"'  # a quoted title is one token
    r"|(?:Mrs?|Ms|Dr|Prof|St|Jr|Sr)\."
    r"|(?:[A-Za-z]\.){2,}"  # G.E.M.
    r"|\b[A-Z]{1,2}&[A-Z]\b"  # A&E
    r"|\d+(?:[.:]\d+)*(?:am|pm|h)?-\d+(?:[.:]\d+)*(?:st|nd|rd|th|am|pm|h)?\b"  # 6am-2pm
    r"|[€$£]\d+(?:[.,]\d+)*(?:k|m)?\b|\d+(?:[.,]\d+)*[€$£%]"  # prices and shares
    r"|\d'\d{1,2}\b"  # six foot one
    r"|\d+(?:[.,:/]\d+)*(?:st|nd|rd|th|am|pm|k|km|kg|m|cm|h|ish)?\b"
    r"|\w+(?:[-'+]\w+)*'?|[^\w\s]"
)


@dataclass(frozen=True)
class Token:
    """A word of a sentence; `first` marks its first one."""

    text: str
    first: bool = False

    @cached_property
    def low(self) -> str:
        return self.text.lower()

    @property
    def title(self) -> bool:
        return self.text.startswith('"') and len(self.text) > 2

    @cached_property
    def word(self) -> bool:
        return self.text[:1].isalnum() or self.priced

    @property
    def priced(self) -> bool:
        """A sum of money in one piece: "€900"."""
        return len(self.text) > 1 and self.text[0] in "€$£"

    @cached_property
    def closed(self) -> bool:
        return self.low in w.GRAMMAR_WORDS

    @cached_property
    def name(self) -> bool:
        """Looks like a proper name: a capital where English asks for none."""
        if self.text in {"May", "Will", "Mark", "Grace"} and not self.first:
            return True
        if not self.text[:1].isupper() or self.low in _NEVER_NAMES or self.low == "i":
            return False
        return not self.first or not in_dictionary(self.low)

    @cached_property
    def number(self) -> bool:
        if self.text[:1].isdigit() or self.priced:
            return True
        return all(part in w.NUMBER_WORDS for part in self.low.split("-"))

    @property
    def possessive(self) -> bool:
        """`my`, `her`, or a noun with 's."""
        return self.low in w.POSSESSIVES or (
            self.word and re.search(r"('s|s')$", self.low) is not None
        )

    @cached_property
    def determiner(self) -> bool:
        return self.low in w.DETERMINERS or self.possessive

    @cached_property
    def preposition(self) -> bool:
        return self.low in w.PREPOSITIONS

    @cached_property
    def adverb(self) -> bool:
        low = self.low
        if low in w.ADVERBS:
            return True
        return bool(w.lemmas(low, "ADV")) and not w.lemmas(low, "NOUN") and low.endswith("ly")

    @cached_property
    def adjective(self) -> bool:
        low = self.low
        if low in w.GRAMMAR_WORDS or low in _NEVER_NAMES:
            return False
        return bool(w.lemmas(low, "ADJ")) or "-" in low or low.endswith(("ish", "free"))

    @cached_property
    def noun(self) -> bool:
        """May head or stand in a noun phrase."""
        low = self.low
        if self.name and self.word:
            return True
        if not self.word or low in w.GRAMMAR_WORDS or low in _NOT_NOUNS:
            return False
        if self.name or self.number or w.lemmas(low, "NOUN") or low in w.ALSO_NOUNS:
            return True
        return not in_dictionary(low)

    @cached_property
    def finite(self) -> bool:
        """May be the finite verb of a clause."""
        low = self.low
        if self.text in {"May", "Will"} and not self.first:
            return False
        if low in w.MODALS or low in {
            "am",
            "is",
            "are",
            "was",
            "were",
            "have",
            "has",
            "had",
            "do",
            "does",
            "did",
        }:
            return True
        return not (self.name and not self.first) and w.has_tag(low, "VBZ", "VBD", "VBP")

    @property
    def auxiliary(self) -> bool:
        if self.text in {"May", "Will"} and not self.first:
            return False
        return self.low in w.MODALS or self.low in w.AUXILIARIES

    @property
    def gerund(self) -> bool:
        return self.low.endswith("ing") and w.has_tag(self.low, "VBG")

    @property
    def participle(self) -> bool:
        return w.has_tag(self.low, "VBN")

    def verb(self, *tags: str) -> bool:
        return w.has_tag(self.low, *tags)


_NEVER_NAMES = w.GRAMMAR_WORDS | w.INTERJECTIONS | w.ADVERBS | {"gp", "pe", "tv", "dj", "pb", "ex"}
_NOT_NOUNS = (w.ADVERBS - {"home", "well"}) | frozenset(
    {"yes", "ok", "okay", "hi", "hello", "thanks", "please", "give", "tell"}
)


@lru_cache(maxsize=20_000)
def in_dictionary(low: str) -> bool:
    """Whether a lower-case word is a word of English."""
    return (
        low in w.GRAMMAR_WORDS
        or low in w.INTERJECTIONS
        or any(w.lemmas(low, upos) for upos in ("NOUN", "VERB", "ADJ", "ADV"))
    )


def tokenise(text: str) -> list[Token]:
    """Tokens of one sentence."""
    return [_token(piece, index == 0) for index, piece in enumerate(_TOKEN.findall(text))]


@lru_cache(maxsize=20_000)
def _token(text: str, first: bool) -> Token:
    """One token for every occurrence of a word, so that its classes are looked up once."""
    return Token(text, first)


_NO_SPACE_BEFORE = frozenset(".,!?;:)%")


def join(parts: list[str] | tuple[str, ...]) -> str:
    """Words back to running text."""
    out = ""
    for part in parts:
        if not part:
            continue
        priced = out[-1:] in {"$", "€", "£"} and part[0].isdigit()
        glue = "" if not out or part[0] in _NO_SPACE_BEFORE or out[-1] in "(#" or priced else " "
        out += glue + part
    return out
