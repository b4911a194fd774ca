"""Roundabout and learners' ways of saying, made plain: "I'm meant to go" is "I am going to go".

Every rule is a shape of English, with closed word classes in it; what comes out is read and
checked like any sentence.
"""

from __future__ import annotations

import re

from sleep.recall.clauses import clauses
from sleep.recall.english import table
from sleep.recall.lexicon import MEMBERS, categories
from sleep.recall.saying_dates import plain_dates
from sleep.recall.saying_names import any_of, plain_names
from sleep.recall.tokens import Token, tokenise

_SAID: list[tuple[re.Pattern[str], str]] = [
    (re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE), put)
    for pattern, put in table("plainer")["pairs"]
]
_MEANT = re.compile(
    r"\b(am|is|are|was|were) (?:meant|supposed|due|set|scheduled) to (?=\w)", re.IGNORECASE
)
_TO_BE = re.compile(r"\b(I am|we are|he is|she is) to (?=(?:have|be|see|go|get|meet|start)\b)")
_WORK_LIKE = re.compile(
    rf"\b(work(?:s|ed|ing)?) like (an? )?((?:[a-z]+ )?(?:{any_of(MEMBERS['job'])}))\b",
    re.IGNORECASE,
)
_BORN_AND = re.compile(
    r"\b(I|we|he|she|my [\w ]{2,20}?) (was|were) born (in|on|near) ([^,.!?]{2,40}?),?"
    r" (?:and|but) (?:then )?(?:was )?(raised|brought up|grew up) ",
    re.IGNORECASE,
)


# "hate mushrooms": I do.
_BARE_VERB = re.compile(
    r"^(?=(?:hate|love|adore|enjoy|prefer|own|live|work|have|study|drive|speak|teach|rent|earn|wear|"
    r"support|learn) (?!(?:is|was|are|has|can|it|this|that|these|you|your|to|me|I|we|they|he|she|"
    r"fun|any|more|mercy|a (?:nice|good|great|lovely|look|go|think|try|seat|laugh)|"
    r"the following)\b))",
    re.IGNORECASE,
)
# "On Saturdays go to the sauna".
_AND_THEN = re.compile(
    r"^((?:on|every) \w+(?: and \w+)?),? "
    r"(?=(?:go|play|have|work|sing|swim|run|train|visit|meet|cook|do) )",
    re.IGNORECASE,
)
_DEADLY = re.compile(
    r"\b(\w+) (?:could|would|can|will|might) (?:really |literally )?kill (me|him|her)\b",
    re.IGNORECASE,
)
_TO_WHOM = {"me": "I am", "him": "he is", "her": "she is"}
_EATEN = {"food", "fruit", "vegetable", "dish", "drink", "fish", "dessert", "animal", "medicine"}


def plain(sentence: str) -> list[str]:
    """The sentence in plainer words, and what it says besides; as it is when it is plain."""
    text = sentence
    for pattern, put in _SAID:
        text = pattern.sub(put, text)
    text, besides = plain_names(text)
    text = plain_dates(_BORN_AND.sub(_born, text))
    if _BARE_VERB.match(text) and not _is_subject(text):
        text = f"I {text[0].lower()}{text[1:]}"
    text = _AND_THEN.sub(r"\1 I ", text)
    text = _DEADLY.sub(_allergic, text)
    text = _TO_BE.sub(r"\1 going to ", _MEANT.sub(r"\1 going to ", text))
    text = _WORK_LIKE.sub(lambda m: f"{m.group(1)} as {m.group(2) or 'a '}{m.group(3)}", text)
    return [text, *besides]


def _is_subject(text: str) -> bool:
    """Whether the first word is what the sentence speaks of: "Work starts at nine"."""
    found = clauses(tokenise(text))
    if not found or found[0].subject.start > 0:
        return False
    verb = Token(found[0].verb.finite)
    thing = found[0].subject.head in {"work", "drive", "study", "support", "rent", "wear"}
    return verb.auxiliary or not verb.noun or (thing and verb.verb("VBZ"))


def _allergic(match: re.Match[str]) -> str:
    """ "peanuts could kill him" -> "he is allergic to peanuts"."""
    thing, whom = match.group(1), match.group(2).lower()
    if not _EATEN & set(categories(thing)):
        return match.group(0)
    return f"{_TO_WHOM[whom]} allergic to {thing.lower()}"


def _born(match: re.Match[str]) -> str:
    """ "I was born in X and raised in Y", as two clauses with their subjects."""
    who, be, preposition, where, raised = match.groups()
    verb = raised if raised.lower() == "grew up" else f"{be} {raised}"
    return f"{who} {be} born {preposition} {where}, and {who} {verb} "
