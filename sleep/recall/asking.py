"""One question in its shapes, each built from a telling: inverted, embedded, "did I say"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sleep.recall import person
from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling
from sleep.recall.tokens import join

_THEIRS = (
    (word_set("female"), ("her", "her", "she")),
    (word_set("male"), ("his", "him", "he")),
    (frozenset[str](), ("their", "them", "they")),
)
_OF_THE_NOUN = frozenset({"to", "of", "about"})


@dataclass(frozen=True)
class Ask:
    """A question without its frame.

    direct: "where does my sister live"; embedded: "where my sister lives"; said: "where did I say
    my sister lives". form: what kind of question it is. expect: accepted words.
    """

    form: str
    kind: str
    direct: str
    embedded: str
    said: str
    expect: tuple[str, ...]


def do_form(told: Telling) -> str:
    """The form of "do" that the telling's tense and subject ask for."""
    if told.past:
        return "did"
    return "do" if told.me or told.plural else "does"


def _words(chunks: Sequence[Chunk]) -> list[str]:
    out = [chunk.text for chunk in chunks]
    while out and out[0] in {",", "and", "or", "but"}:
        out = out[1:]
    return out


def _clean(words: Sequence[str]) -> str:
    text = join([word for word in words if word])
    text = re.sub(r"\s+,", ",", text)
    text = re.sub(r"(?<=\w )(My|Our|The)\b", lambda match: match.group(0).lower(), text)
    return re.sub(r"\b(we|We)\b", "I", re.sub(r"\b(our)\b", "my", text)).strip(" ,")


def inverted(told: Telling, wh: str, rest: Sequence[Chunk]) -> str:
    """wh + auxiliary + subject + verb + rest."""
    tail = _words(rest)
    if told.copula or told.helped:
        middle = [told.main] if told.helped else []
        words = [wh, told.finite, told.subject, *told.before, *told.between, *middle, told.particle]
        return _clean([*words, *tail])
    base = told.lemma
    return _clean(
        [wh, do_form(told), told.subject, *told.before, *told.between, base, told.particle, *tail]
    )


def embedded(told: Telling, wh: str, rest: Sequence[Chunk]) -> str:
    """wh + subject + verb + rest, as after "Do you remember"."""
    middle = [told.main] if told.helped else []
    if told.copula and not rest:
        return _clean([wh, told.subject, *told.before, told.finite, *told.between])
    words = [wh, told.subject, *told.before, told.finite, *told.between, *middle, told.particle]
    return _clean([*words, *_words(rest)])


def said(told: Telling, wh: str, rest: Sequence[Chunk]) -> str:
    """wh + "did I say" + the clause."""
    return embedded(told, f"{wh} did I say", rest)


def rests(before: list[Chunk], after: list[Chunk]) -> list[list[Chunk]]:
    """What may stay in a question, leanest first: no adjuncts, nothing that follows, all."""
    lean: list[Chunk] = []
    for index, chunk in enumerate(before):
        governed = index and before[index - 1].kind == "prep"
        if chunk.kind not in {"prep", "clause", "punct"} and not governed:
            lean.append(chunk)
    whole = [chunk for chunk in (*before, *after) if chunk.kind != "clause"]
    belongs = bool(after) and after[0].head in _OF_THE_NOUN  # "a trip | to New Zealand"
    out: list[list[Chunk]] = []
    for rest in (lean, before, before if belongs else whole):
        if rest not in out:
            out.append(rest)
    return out


def ask(
    told: Telling,
    form: str,
    wh: str,
    rest: Sequence[Chunk],
    expect: tuple[str, ...],
    kind: str = "direct",
) -> Ask:
    """The question with this wh-phrase over what is left of the telling."""
    return Ask(
        form, kind, inverted(told, wh, rest), embedded(told, wh, rest), said(told, wh, rest), expect
    )


def fixed(
    form: str, direct: str, expect: tuple[str, ...], kind: str = "frame", embedded_as: str = ""
) -> Ask:
    """A question worded as a whole."""
    return Ask(form, kind, direct, embedded_as, "", expect)


def unsaid(question: str, expect: Sequence[str]) -> tuple[str, ...]:
    """The accepted words that the question does not say itself: of "What kind of rice do I buy?"
    "brown rice" and "brown", not "rice"."""
    spoken = [
        word
        for word in expect
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", question, re.IGNORECASE)
    ]
    kept = [word for word in expect if word not in spoken]
    shorter = [
        word[: -len(said)].strip()
        for word in kept
        for said in spoken
        if word.lower().endswith(f" {said.lower()}")
    ]
    return tuple(dict.fromkeys([*kept, *(word for word in shorter if len(word) > 2)]))


def telling_asks(asks: Sequence[Ask]) -> list[Ask]:
    """The asks that can be answered with a word they do not contain, with such words alone."""
    trimmed = (replace(one, expect=unsaid(one.direct, one.expect)) for one in asks)
    return [one for one in trimmed if one.expect]


def named_once(template: str, told: Telling) -> str:
    """ "Where does my aunt spend her working day?": the subject is named once."""
    if told.me or not told.human:
        return template
    head = told.phrase.head
    first, second, third = next((one for sex, one in _THEIRS if head in sex), _THEIRS[-1][1])
    found = re.split(r"\b(MYSELF|MY|S)\b", template)
    named = {"MY": first, "MYSELF": second, "S": third}
    return "".join(
        named[piece] if k > 1 and k % 2 and not (piece == "S" and third == "they") else piece
        for k, piece in enumerate(found)
    )


def possessive(subject: str) -> str:
    """ "my" for I, "my sister's" for my sister."""
    if subject == "I":
        return "my"
    return subject + ("'" if subject.endswith("s") and w.is_plural(subject.split()[-1]) else "'s")


_SHIFT_EMBEDDED = person.to_assistant


def told_back(embedded_text: str) -> str:
    """An embedded question in the assistant's voice ("where your brother lives")."""
    text = re.sub(r"\bI am\b", "you are", embedded_text)
    text = re.sub(r"\bI was\b", "you were", text)
    text = re.sub(r"\b(am|was)\b(?= I\b)", lambda m: person.agree(m.group(1)), text)
    return person.to_assistant(text)
