"""A passage of an encyclopaedia into lessons: what its sentences answer, asked in several ways.

Its clauses are read by the grammar of recall, which asks for their parts; and every name, number,
date and phrase is asked for where it stands, whatever became of the grammar. Nothing here knows the
questions of a benchmark, and there is no model in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sleep.bench.spans import Span, spans
from sleep.memory import Lesson
from sleep.recall import person
from sleep.recall import words as w
from sleep.recall.asking import Ask, do_form, fixed
from sleep.recall.clauses import clauses
from sleep.recall.lessons import sensible
from sleep.recall.questions import questions
from sleep.recall.syntax import Clause
from sleep.recall.telling import Telling, telling
from sleep.recall.tokens import join, tokenise

_ANSWER_WORDS: Final = 14  # an answer that is longer is cut to the phrase that was asked for
_LEFT, _RIGHT = 16, 8  # words on either side of a question word
_WIDE: Final = 12  # words on either side of a gap
_SPARSE: Final = 4  # fewer words around a span say too little
_FEW: Final = 2  # questions; a phrase with fewer is asked for as a gap, too
_OF_A_SITE: Final = 4  # questions that the grammar may ask for the same words
_ABBREVIATED: Final = re.compile(
    r"\b(?:[A-Z]|Mrs?|Ms|Dr|Prof|St|Jr|Sr|Mt|No|vs|etc|ca?|approx|Inc|Ltd|Co|Gen|Col)\.$"
)
_BREAK: Final = re.compile(r"[;:()]|,\s|\s[–—-]\s")
_USERS: Final = frozenset({"said-subject", "own-name", "what-like", "told"})
_CARRIED: Final = {"it": False, "he": False, "she": False, "they": True, "these": True}
Told = tuple[str, str, tuple[str, ...]]
"""A question, its answer, and the accepted words in it."""
_LEADING: Final = re.compile(r"^(?:and|but|or|so|that|which|while|although|however)\b,?\s*", re.I)


def study(text: str) -> tuple[Lesson, ...]:
    """Lessons of a passage, sentence by sentence, each question once.

    Each one's source is its sentence; where that begins with a pronoun, with what it stands for.
    """
    found: dict[str, Lesson] = {}
    topics: dict[bool, str] = {}  # plural or not -> what was spoken of last
    for sentence in sentences(text):
        whole = _resolved(sentence, topics)
        for question, answer, expect in [*_by_grammar(whole, topics), *_by_place(whole)]:
            lesson = Lesson(question, answer, expect, "direct", "train", whole)
            found.setdefault(question.lower(), lesson)
    return tuple(found.values())


def sentences(text: str) -> list[str]:
    """The sentences of a passage, without its notes in square brackets."""
    text = re.sub(r"\[[^\]]*\]", "", re.sub(r"\s+", " ", text))
    found = [""]
    for piece in re.split(r"(?<=[.!?])\s+|(?<=[.!?][\"”])\s+", text):
        found[-1] = f"{found[-1]} {piece}".strip()
        if not _ABBREVIATED.search(piece):
            found.append("")
    return [sentence for sentence in found if any(char.isalnum() for char in sentence)]


def _resolved(sentence: str, topics: dict[bool, str]) -> str:
    first, _, rest = sentence.partition(" ")
    plural = _CARRIED.get(first.lower())
    if plural is None or plural not in topics or not tokenise(rest)[:1] or not _verb(rest):
        return sentence
    topic = topics[plural]
    return f"{topic[0].upper()}{topic[1:]} {rest}"


def _verb(rest: str) -> bool:
    opening = tokenise(rest)[:2]
    return any(token.finite or token.auxiliary for token in opening)


# -- by grammar


def _by_grammar(sentence: str, topics: dict[bool, str]) -> Iterator[Told]:
    """What the clauses of a sentence answer."""
    for clause in clauses(tokenise(sentence)):
        told = telling(clause, sentence)
        if not _whole(clause, told):
            continue
        if clause.link == "main" and not clause.subject.pronoun:
            topics[clause.subject.plural] = told.subject
        asked: dict[tuple[str, ...], int] = {}
        for ask in [*_turned(told), *questions(told)]:
            asked[ask.expect] = asked.get(ask.expect, 0) + 1
            answer = _told_with(told, ask.expect)
            if (
                '""' in ask.direct
                or ask.form in _USERS
                or asked[ask.expect] > _OF_A_SITE
                or not sensible(ask.direct)
            ):
                continue
            if answer:
                yield person.question(ask.direct), answer, ask.expect


def _whole(clause: Clause, told: Telling) -> bool:
    """Whether the clause was understood: a subject that means something, no word left over."""
    opaque = clause.subject.pronoun or clause.subject.first in w.WH_WORDS | w.DEMONSTRATIVES
    return not (told.me or opaque or any(chunk.kind == "other" for chunk in told.chunks))


def _turned(told: Telling) -> Iterator[Ask]:
    """Active for passive and the other way round; who somebody is."""
    chunks = told.chunks
    agents = [k for k, chunk in enumerate(chunks[:-1]) if chunk.text == "by"]
    passive = told.helped and told.finite.lower() in w.BE and w.has_tag(told.main.lower(), "VBN")
    if passive and agents and chunks[agents[0] + 1].phrase is not None:
        by = chunks[agents[0] + 1]
        rest = join([c.text for c in (*chunks[: agents[0]], *chunks[agents[0] + 2 :])])
        done = w.inflect(told.lemma, "VBD" if told.past else "VBZ")
        for wh in ("who", "what"):
            yield fixed("active", f"{wh} {done} {told.subject} {rest}", (by.text,))
            yield fixed(
                "by",
                f"by {wh.replace('who', 'whom')} {told.finite} {told.subject} {told.main} {rest}",
                (by.text,),
            )
    said = join([told.main, told.particle, told.rest])
    if passive:
        yield fixed("happened", f"what happened to {told.subject}", (f"{told.finite} {told.main}",))
    elif not told.helped and not told.copula and not told.negated:
        yield fixed("do", f"what {do_form(told)} {told.subject} do", (said,))
    if not chunks or chunks[0].phrase is None or chunks[0].phrase.pronoun:
        return
    it = chunks[0]
    if told.copula:
        for wh in ("who", "what") if told.human else ("what",):
            yield fixed("is", f"{wh} {told.finite} {told.subject}", (it.text,))
            yield fixed("is-what", f"{told.subject} {told.finite} what", (it.text,))
    elif not told.helped and told.lemma not in {"have", "become"}:
        be = {(True, True): "were", (True, False): "was", (False, True): "are"}.get(
            (told.past, it.phrase is not None and it.phrase.plural), "is"
        )
        done = w.inflect(told.lemma, "VBN")
        yield fixed(
            "passive", f"what {be.replace('were', 'was')} {done} by {told.subject}", (it.text,)
        )
        yield fixed("passive-by", f"by whom or what {be} {it.text} {done}", (told.subject,))


def _told_with(told: Telling, expect: Sequence[str]) -> str:
    """The clause as a sentence, or only its phrase with these words where that would be long."""
    middle = [told.main] if told.helped else []
    said = [told.subject, *told.before, told.finite, *told.between, *middle, told.particle]
    whole = join([*said, *(chunk.text for chunk in told.chunks)])
    if expect[0].lower() not in whole.lower():
        return ""
    if len(whole.split()) <= _ANSWER_WORDS:
        return person.sentence(whole)
    parts = [told.subject, *(chunk.text for chunk in told.chunks)]
    return next((person.sentence(p) for p in parts if expect[0].lower() in p.lower()), "")


# -- by place


def _by_place(sentence: str) -> Iterator[Told]:
    """What asks for a span where it stands, with the question word first, and as a gap."""
    for span in spans(sentence):
        words = sentence[span.start : span.end]
        left, right = _near(sentence, span)
        answer = _answer(sentence, span, left, right)
        bare = re.sub(r"\b(?:the|an?)\s*$", "", left, flags=re.IGNORECASE).replace("(", ", ")
        asked = [_fronted(wh, bare, right) for wh in span.asks[:2]]
        asked += [f"{bare}{wh}{right}" for wh in span.asks[:2] if wh not in {"when", "where"}]
        for question in asked:
            if question:
                yield person.question(question), answer, (words,)
        if words[0].isupper() or words[0].isdigit() or sum(map(bool, asked)) < _FEW:
            yield _gap(sentence, span), answer, (words,)
    yield from _reasons(sentence)


def _reasons(sentence: str) -> Iterator[Told]:
    """Why: what follows "because", "due to" or "in order to"."""
    for match in re.finditer(r",? (?:because(?: of)?|due to|in order to|so that) ", sentence):
        before = re.split(r"[;:()]|, ", sentence[: match.start()])[-1]
        reason = re.split(r"[;:()]|, ", sentence[match.end() :].rstrip(" ."))[0]
        asked = _fronted("why", _LEADING.sub("", before), "")
        if asked:
            yield (
                person.question(asked),
                person.sentence(match.group().strip(", ") + f" {reason}"),
                (reason,),
            )


def _near(sentence: str, span: Span) -> tuple[str, str]:
    """What stands around a span up to the next sign, or further where that is too little."""
    before, after = sentence[: span.start], sentence[span.end :].rstrip(" .!?")
    cuts = [match.end() for match in _BREAK.finditer(before)]
    stop = _BREAK.search(after)
    left = before[cuts[-1] if cuts else 0 :]
    right = after[: stop.start()] if stop else after
    while cuts and len(left.split()) + len(right.split()) < _SPARSE:
        cuts.pop()
        left = before[cuts[-1] if cuts else 0 :]
    left = _LEADING.sub("", left.lstrip())
    return _last(left, _LEFT), _ended(_first(right, _RIGHT), right)


def _ended(cut: str, whole: str) -> str:
    """What was cut off without the articles and prepositions that its end would hang on."""
    words = re.findall(r"\s*\S+", cut) if len(cut) < len(whole) else []
    while words and words[-1].strip().lower() in w.GRAMMAR_WORDS:
        words.pop()
    return "".join(words) if len(cut) < len(whole) else cut


def _gap(sentence: str, span: Span) -> str:
    left, right = _last(sentence[: span.start], _WIDE), _first(sentence[span.end :], _WIDE)
    return f"Complete: {left}____{right}"


def _last(text: str, count: int) -> str:
    return "".join(re.findall(r"\S+\s*", text)[-count:])


def _first(text: str, count: int) -> str:
    return "".join(re.findall(r"\s*\S+", text)[:count])


def _fronted(wh: str, left: str, right: str) -> str:
    """The question word first: "In what year was the first act passed?"; "" where no verb is."""
    tokens, prep = tokenise(left), ""
    if tokens and tokens[-1].preposition:
        timed = wh in {"when", "where"}
        prep, tokens = "" if timed else f"{tokens[-1].text} ", tokens[:-1]
    if not tokens or prep == "of " or tokens[0].preposition or tokens[0].finite:
        return ""
    for k, token in enumerate(tokens[1:], 1):
        inflected = w.verb_lemma(token.low) != token.low and token.verb("VBD", "VBZ")
        if token.low in w.WH_WORDS | {"that"} or token.text == ",":
            return ""
        if token.name or not (token.auxiliary or (inflected and not w.lemmas(token.low, "NOUN"))):
            continue
        subject, rest = join([t.text for t in tokens[:k]]), join([t.text for t in tokens[k + 1 :]])
        subject = subject if tokens[0].name or tokens[0].title else subject[0].lower() + subject[1:]
        if token.auxiliary and token.finite:
            return f"{prep}{wh} {token.text} {subject} {rest}{right}"
        do = "did" if token.verb("VBD") else "does"
        return f"{prep}{wh} {do} {subject} {w.verb_lemma(token.low)} {rest}{right}"
    return ""


def _answer(sentence: str, span: Span, left: str, right: str) -> str:
    """The clause around the span, or the span alone where that would be long."""
    for near in ((sentence[: span.start], sentence[span.end :]), (left, right)):
        said = f"{near[0]}{sentence[span.start : span.end]}{near[1]}"
        if len(said.split()) <= _ANSWER_WORDS:
            return person.sentence(said + ")" * (said.count("(") - said.count(")")))
    opening = re.search(r"(?:\b(?:in|on|at|by|from|for|the|an?)\s+)*$", left, re.IGNORECASE)
    start = opening.group(0) if opening else ""
    counted = re.match(r"\s\w+", right) if span.asks[0] == "how many" else None
    noun = counted.group() if counted else ""
    return person.sentence(f"{start}{sentence[span.start : span.end]}{noun}")
