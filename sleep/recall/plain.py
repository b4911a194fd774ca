"""Roundabout and learners' ways of saying, made plain: "I'm meant to go" is "I am going to go".

Every rule is a shape of English, with closed word classes in it; what comes out is read and
checked like any sentence.
"""

from __future__ import annotations

import re

from sleep.recall.clauses import clauses
from sleep.recall.english import table, word_set
from sleep.recall.labels import appointed, enumerated, labelled
from sleep.recall.lexicon import MEMBERS, categories, is_person
from sleep.recall.phrases import noun_phrase
from sleep.recall.saying_dates import plain_dates
from sleep.recall.saying_names import any_of, plain_names
from sleep.recall.tokens import Token, tokenise
from sleep.recall.turned import unfolded

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
# "sis getting married in May", "uni in Accra"
_DOING = re.compile(
    rf"(?:(?<=^)|(?<=[,;] ))({any_of(word_set('bare_people'))}) "
    r"((?!being\b|nothing\b|evening\b)[a-z]{2,}ing) "
    r"(?!(?:is|was|are)\b)",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(
    r"^(university|college|office|gym|workplace|job|school) in (?=(?:the )?[A-Z])", re.IGNORECASE
)
# "I got this rash on my arm"
_THIS_ONE = re.compile(
    r"\b(have|has|had|got) (?:this|that) ((?:[a-z]+ )?[a-z]+ (?:on|in|from|called|who|which)\b)"
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
# "I'd rather have tea than coffee".
_RATHER = re.compile(
    r"\b(I|we) (?:would|had) (?:much |always )?rather (?:(?:have|drink|eat|take) (\w+(?: \w+)?)"
    r" than (?:have |drink |eat |take )?(\w+)|(?!not\b|be\b|die\b|that\b|you\b|it\b|we\b|I\b)"
    r"([a-z]+)(?: than \w+)?)\b"
)
# "I promised the girls I'd bring a cake".
_PROMISED = re.compile(
    r"\b(I|we)(?: have)? (?:promised|told) "
    r"(?:(?:my|our|the|her|him|them|[A-Z])[^,.!?]{0,25}? )?(?:that )?"
    r"(?:I|we) would (?=[a-z])"
)
# "The thing is, my lease ends in May", "the reason I ask is that I have a cold".
_REASON_IS = re.compile(
    r"(^|[,;] |\b(?:and|but|so) )"
    r"(?:the (?:reason|thing|problem|point|issue|trouble|truth|deal|fact|question)"
    r"(?: (?:I am|I) (?:asking|ask|say|saying|calling|writing|mention))?) is(?: that\b)?,? "
    r"(?=(?:I|we|my|our|he|she)\b)",
    re.IGNORECASE,
)
_CUSTOM = re.compile(r"\bit is my (?:custom|habit|rule) to (?=[a-z])", re.IGNORECASE)
# "Friday is my only day off".
_OF_MINE = re.compile(
    r"(^|[,;] |\b(?:and|but|so) )"
    r"((?!(?:what|that|this|it|here|there|who|which|where|my|our|and|but)\b)"
    r"[\w'-]+(?: [\w'-]+){0,2}) (is|are|was) ((?:my|our) [^,.!?]{3,40})"
    r"(?=\s*(?:[,.!?]|$)| (?:and|but|so)\b)",
    re.IGNORECASE,
)
# "There's a leak under my sink", "there are four of us in the house".
_THERE_IS = re.compile(
    r"\bthere (?:is|are) ((?:an?|some|two|three|no) [^,.!?]{2,30}?)"
    r" ((?:in|under|on|at|by|behind|outside) (?:my|our) [^,.!?]{3,30})",
    re.IGNORECASE,
)
_OF_US = re.compile(
    r"\bthere (?:is|are) (?:only |just )?(\w+) of us (?:at home|in (?:the|our|my) "
    r"(house|flat|apartment|family|household))",
    re.IGNORECASE,
)
# "No dairy for me please".
_NONE_FOR_ME = re.compile(
    r"^no ([a-z]+(?: [a-z]+)?)(?: for me\b(?:,? please|,? thanks)?|,? please)(?=\s*(?:[,.!]|$))",
    re.IGNORECASE,
)
_TO_WHOM = {"me": "I am", "him": "he is", "her": "she is"}
_EATEN = {"food", "fruit", "vegetable", "dish", "drink", "fish", "dessert", "animal", "medicine"}


def plain(sentence: str) -> list[str]:
    """The sentence in plainer words, and what it says besides; as it is when it is plain."""
    text, *noted = enumerated(sentence) or labelled(sentence) or [appointed(sentence) or sentence]
    for pattern, put in _SAID:
        text = pattern.sub(put, text)
    text, folded = unfolded(text)
    text, besides = plain_names(text)
    text = plain_dates(_BORN_AND.sub(_born, text))
    if _BARE_VERB.match(text) and not _is_subject(text):
        text = f"I {text[0].lower()}{text[1:]}"
    text = _IN_PLACE.sub(r"my \1 is in ", _DOING.sub(r"my \1 is \2 ", text))
    text = f"I {text[0].lower()}{text[1:]}" if _plays(text) else text
    text = _THIS_ONE.sub(r"\1 a \2", text)
    text = _AND_THEN.sub(r"\1 I ", text)
    text = _CUSTOM.sub("I usually ", _REASON_IS.sub(r"\1", text))
    text = _PROMISED.sub(r"\1 am going to ", _RATHER.sub(_preferred, text))
    text = _NONE_FOR_ME.sub(_left_out, _OF_MINE.sub(_mine_first, text))
    text = _OF_US.sub(r"our household has \1 people", _THERE_IS.sub(r"I have \1 \2", text))
    text = _DEADLY.sub(_allergic, text)
    text = _TO_BE.sub(r"\1 going to ", _MEANT.sub(r"\1 going to ", text))
    text = _WORK_LIKE.sub(lambda m: f"{m.group(1)} as {m.group(2) or 'a '}{m.group(3)}", text)
    return [text, *noted, *folded, *besides]


def _plays(text: str) -> bool:
    """ "play left back for the team", "stay in Leith with my aunt": what can be no request."""
    words = text.lower().rstrip(".!").split()
    if words[:1] == ["stay"]:
        return words[1:2] in (["in"], ["with"], ["at"]) and " my " in f" {text} "
    kinds = {"instrument", "sport", "ball game", "position"}
    played = [categories(" ".join(words[1:k])) for k in (2, 3, 4)]
    return words[:1] == ["play"] and any(kinds & set(found) for found in played)


def _is_subject(text: str) -> bool:
    """Whether the first word is what the sentence speaks of: "Work starts at nine"."""
    found = clauses(tokenise(text))
    if not found or found[0].subject.start > 0:
        return False
    verb = Token(found[0].verb.finite)
    thing = found[0].subject.head in {"work", "drive", "study", "support", "rent", "wear"}
    return verb.auxiliary or not verb.noun or (thing and verb.verb("VBZ"))


def _preferred(match: re.Match[str]) -> str:
    who, thing, other, verb = match.groups()
    return f"{who} prefer {thing} to {other}" if thing else f"{who} prefer to {verb}"


def _mine_first(match: re.Match[str]) -> str:
    """ "Friday is my day off" -> "my day off is Friday"; who is one's own is a matter of names."""
    opening, value, be, thing = match.groups()
    phrase = noun_phrase(tokenise(f"x {thing}"), 1)
    subject = noun_phrase(tokenise(f"x {value}"), 1)
    whole = phrase is not None and subject is not None and subject.end == len(tokenise(value)) + 1
    if not whole or phrase is None or subject is None or subject.pronoun:
        return match.group(0)
    if is_person(phrase.head) or "animal" in categories(phrase.head) or is_person(subject.head):
        return match.group(0)
    return f"{opening}{thing} {be} {value}"


def _left_out(match: re.Match[str]) -> str:
    """ "no dairy for me" -> "I avoid dairy"."""
    thing = match.group(1).lower()
    return f"I avoid {thing}" if _EATEN & set(categories(thing)) else match.group(0)


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
