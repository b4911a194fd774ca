"""A clause made ready to be told back: subject resolved, passing words gone, in both voices."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sleep.recall import person
from sleep.recall import words as w
from sleep.recall.english import table, word_set
from sleep.recall.lexicon import MEMBERS, categories, is_person
from sleep.recall.measures import measure
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_phrase
from sleep.recall.syntax import Chunk, Clause, VerbGroup
from sleep.recall.tokens import join, tokenise

_KEPT_ADVERBS = word_set("kept_adverbs")
_PASSING = word_set("passing")
_PASSING_TIME = re.compile(
    r"^(?:this|last|next|the other|the same|these|the past|the last|all) (?:\w+ )?"
    r"(?:morning|afternoon|evening|night|weekend|time|(?:day|week|month|year)s?|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter)$",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"^(?:this|these) (?:\w+ )?(?:week|month|year|term|semester|season|spring|summer|autumn|winter|"
    rf"{'|'.join(sorted(MEMBERS['month']))})s?$"
)
_OPEN_CHUNKS = frozenset({"cc", "prep", "punct", "wh", "other"})
_PAST_CLUES = re.compile(r"\b(yesterday|last|ago|today|this morning)\b", re.I)
_NEED_A_PLACE = word_set("placing_verbs")
_EITHER_TENSE = word_set("either_tense")


@dataclass(frozen=True)
class Telling:
    """What a clause says, in pieces. `subject` as the user says it ("I", "my sister").

    tense: past, present or none (helped by an auxiliary or a copula). tail: times kept for the end.
    """

    subject: str
    me: bool
    human: bool
    plural: bool
    before: tuple[str, ...]
    finite: str
    between: tuple[str, ...]
    main: str
    lemma: str
    helped: bool
    negated: bool
    particle: str
    chunks: tuple[Chunk, ...]
    past: bool
    phrase: NounPhrase

    @property
    def copula(self) -> bool:
        return self.lemma == "be" and not self.helped

    @property
    def statement(self) -> str:
        """The fact, addressed to the user."""
        subject = "you" if self.me else person.to_assistant(self.subject)
        finite = person.agree(self.finite) if self.me else self.finite.lower()
        words = [subject, *self.before, finite, *self.between]
        if self.helped:
            words.append(self.main)
        words += [self.particle, *(chunk.text for chunk in self.chunks)]
        return person.sentence(_tidy(person.to_assistant(join(words))))

    @property
    def rest(self) -> str:
        return join([chunk.text for chunk in self.chunks])


def _tidy(text: str) -> str:
    text = re.sub(r"\b([Cc]an) not\b", r"\1not", text)
    return re.sub(r"\s+,", ",", re.sub(r",\s*$", "", text))


def telling(clause: Clause, passage: str = "") -> Telling:
    """The clause as a telling. passage: the sentence it stands in, which may say when."""
    phrase = clause.subject
    verb = _unstressed(clause.verb)
    me, companions = _is_me(phrase)
    between = tuple(word for word in verb.between if _kept(word))
    adverbs = list(verb.adverbs)
    for word in verb.between:
        if word in adverbs:
            adverbs.remove(word)
    chunks = _clean(_unleaning(clause), limits=verb.finite.lower() in {"am", "is", "are"})
    if companions:
        wed = bool(chunks) and chunks[0].head in {"married", "engaged"}
        other = Chunk("np", companions.text, companions.head, companions)
        joined = (Chunk("prep", "to" if wed else "with", "to" if wed else "with"), other)
        chunks = (chunks[0], *joined, *chunks[1:]) if wed else (*chunks, *joined)
    chunks += _lasting_lead(clause.lead)
    return Telling(
        subject="I" if me else _subject_text(phrase),
        me=me,
        human=me or _human(phrase),
        plural=phrase.plural and not me,
        before=tuple(word for word in adverbs if word.lower() in _KEPT_ADVERBS),
        finite=_finite(verb.finite, me),
        between=between,
        main=verb.main,
        lemma=verb.lemma,
        helped=verb.helped,
        negated=verb.negated,
        particle=verb.particle,
        chunks=chunks,
        past=_is_past(clause, passage),
        phrase=phrase,
    )


def _unstressed(verb: VerbGroup) -> VerbGroup:
    """ "I do eat fish" as "I eat fish"."""
    tag = {"do": "VB", "does": "VBZ", "did": "VBD"}.get(verb.finite.lower())
    if tag is None or not verb.helped or verb.negated:
        return verb
    form = w.inflect(verb.lemma, tag) if tag != "VB" else verb.lemma
    return replace(verb, finite=form, main=form, helped=False)


def _finite(finite: str, me: bool) -> str:
    low = finite.lower()
    if me:
        return {"are": "am", "were": "was"}.get(low, low)
    return low


def _kept(word: str) -> bool:
    low = word.lower()
    return (
        low in _KEPT_ADVERBS or low in w.NEGATIONS or not (low in w.ADVERBS or low.endswith("ly"))
    )


def _is_me(phrase: NounPhrase) -> tuple[bool, NounPhrase | None]:
    """Whether the subject is the user; with "my friend and I", also the friend."""
    if phrase.first in {"i", "we"} and not phrase.items:
        return True, None
    if phrase.items and any(item.first in {"i", "me", "we"} for item in phrase.items):
        others = [item for item in phrase.items if item.first not in {"i", "me", "we"}]
        return True, others[0] if len(others) == 1 else None
    return False, None


def _subject_text(phrase: NounPhrase) -> str:
    first = phrase.tokens[0]
    return phrase.text if first.name or first.title else phrase.text[0].lower() + phrase.text[1:]


def _human(phrase: NounPhrase) -> bool:
    if phrase.first in w.PERSON_PRONOUNS or is_person(phrase.head):
        return True
    if (
        phrase.first in {"my", "our"}
        and phrase.names
        and phrase.names[0] == " ".join(token.text for token in phrase.tokens[1:])
    ):
        plain = phrase.names[0][1:].islower()  # "our Darren", not "my PhD"
        return plain and not categories(phrase.names[0])
    if phrase.tokens[0].possessive:
        return False  # "Robert's wedding"
    return bool(phrase.names) and len(phrase.tokens) <= 2 and phrase.tokens[0].name


def _unleaning(clause: Clause) -> tuple[Chunk, ...]:
    """The chunks without a "there" or "then" that the clause does not need: "I work there as X"."""
    kept = tuple(chunk for chunk in clause.chunks if chunk.text.lower() not in {"there", "then"})
    placed = any(chunk.kind == "prep" and chunk.head in {"at", "in"} for chunk in kept)
    needs_place = clause.verb.lemma in _NEED_A_PLACE and not placed
    said = any(chunk.kind == "np" and not chunk.phrase.pronoun for chunk in kept if chunk.phrase)
    return kept if said and not needs_place else clause.chunks


def _clean(chunks: tuple[Chunk, ...], limits: bool) -> tuple[Chunk, ...]:
    """limits: "this week" says until when it is so, and stays, as nothing that is asked for."""
    kept: list[Chunk] = []
    for chunk in chunks:
        low = chunk.text.lower()
        bare = chunk.kind == "np" and bool(kept) and kept[-1].kind != "prep"
        if bare and _THIS.match(low) and (limits or _lasts(kept)):
            kept.append(Chunk("adv", chunk.text, chunk.head))
            continue
        if (
            low == "all"
            and chunk is not chunks[-1]
            and _whole_life(chunks[chunks.index(chunk) + 1])
        ):
            kept.append(chunk)
            continue
        if chunk.kind == "adv" and (low in _PASSING or low in w.DEGREE_ADVERBS - _KEPT_ADVERBS):
            if chunk is not chunks[-1] and low in {
                "very",
                "too",
                "really",
                "so",
                "super",
                "quite",
                "pretty",
            }:
                continue
            if low not in {"very", "most", "more", "much"}:
                continue
        ahead = chunks[chunks.index(chunk) + 1 :][:1]
        if low in {"a bit", "a little"} and ahead and ahead[0].kind == "adj":
            continue
        if chunk.kind == "cc" and low == "so":
            break
        if chunk.kind == "np" and _PASSING_TIME.match(low):
            if kept and kept[-1].kind == "prep":
                kept.pop()
            continue
        if low in _POINTERS and kept and kept[-1].head in _TRAILING and _says(kept):
            kept.pop()  # "I take metformin | for it | daily"
            continue
        if _leaning(chunk) and kept and kept[-1].kind == "prep":
            kept.pop()
            break
        kept.append(chunk)
    if len(kept) > 2 and kept[-2].head == "as" and tokenise(kept[-1].text)[0].adjective:
        kept = kept[:-2]  # "and about | as deaf" as whom, nobody knows
    tail = [chunk.text.lower() for chunk in kept[-2:]]
    if tail in (["by", "the way"], ["as", "well"]):
        kept = kept[:-2]
    while kept and (_open(kept[-1]) or (kept[-1].kind == "adv" and _open_list(kept))):
        kept.pop()
    return tuple(kept)


def _whole_life(chunk: Chunk) -> bool:
    return chunk.text.lower() in {"my life", "my adult life", "our lives", "his life", "her life"}


def _open(chunk: Chunk) -> bool:
    return chunk.kind in _OPEN_CHUNKS and not _stranded(chunk)


def _open_list(chunks: list[Chunk]) -> bool:
    """ "a judge | and | honestly": what follows belongs to the next clause."""
    return len(chunks) > 1 and chunks[-2].kind == "cc" and chunks[-1].text.endswith("ly")


def _says(chunks: list[Chunk]) -> bool:
    """Whether something definite is said already."""
    return any(chunk.phrase is not None and not chunk.phrase.pronoun for chunk in chunks)


def _lasts(chunks: list[Chunk]) -> bool:
    """Whether it is told for how long: "for 11 years (this June)"."""
    found = (measure(chunk.phrase) for chunk in chunks if chunk.phrase is not None)
    return any(one is not None and one.kind == "duration" for one in found)


def _leaning(chunk: Chunk) -> bool:
    """ "practicing it": words that mean nothing without what was said before."""
    return (
        chunk.phrase is not None
        and chunk.phrase.gerund
        and bool({"it", "them", "this", "that"} & set(chunk.text.lower().split()))
    )


def _stranded(chunk: Chunk) -> bool:
    return chunk.kind == "prep" and chunk.text.lower() in w.PARTICLES | _PLACED


def _lasting_lead(lead: tuple[str, ...]) -> tuple[Chunk, ...]:
    """Leading phrases that are no passing time ("On Fridays", "In 2019"), moved to the end."""
    out: list[Chunk] = []
    for text in lead:
        text = text.rstrip(", ")
        words = text.split()
        if len(words) < 2 or _PASSING_TIME.match(text) or text.lower() in _FILLERS:
            continue
        head = words[-1].lower()
        if {head.removesuffix("s"), w.noun_lemma(head)} & w.TIME_NOUNS or head.isdigit():
            out += _as_chunks(text[0].lower() + text[1:], head)
    return tuple(out)


def _as_chunks(text: str, head: str) -> list[Chunk]:
    """ "on Fridays" as a preposition and its phrase, as they would follow a verb."""
    tokens = tokenise(f"x {text}")[1:]
    governed = tokens[0].preposition
    phrase = noun_phrase(tokens, 1 if governed else 0)
    if phrase is None or phrase.end != len(tokens):
        return [Chunk("adv", text, head)]
    opening = [Chunk("prep", tokens[0].text, tokens[0].low)] if governed else []
    return [*opening, Chunk("np", phrase.text, phrase.head, phrase)]


_POINTERS = frozenset({"it", "them", "that", "this", "those"})
_TRAILING = frozenset({"for", "about", "with", "to", "of"})
_PLACED = frozenset({"below", "above", "opposite", "behind", "outside", "inside"})
_FILLERS = frozenset(table("words")["fillers"])


def _is_past(clause: Clause, passage: str) -> bool:
    verb = clause.verb
    if verb.helped or verb.lemma == "be":
        return verb.finite.lower() in {"was", "were", "did", "had"}
    low = verb.main.lower()
    if low in _EITHER_TENSE:
        habitual = (
            any(word.lower() in _KEPT_ADVERBS for word in verb.adverbs) or "every" in clause.rest
        )
        third = clause.subject.first not in {"i", "we", "they", "you"} and not clause.subject.plural
        return bool(_PAST_CLUES.search(passage)) or third or not habitual
    return w.has_tag(low, "VBD") and not (w.has_tag(low, "VBP") and w.verb_lemma(low) == low)


def with_verb(told: Telling, lemma: str) -> Telling:
    """The same telling with another main verb in the same form."""
    for tag in ("VBG", "VBZ", "VBD", "VBN"):
        if w.inflect(told.lemma, tag) == told.main.lower() and told.main.lower() != told.lemma:
            form = w.inflect(lemma, "VBN" if tag == "VBD" and told.helped else tag)
            break
    else:
        form = lemma
    finite = form if not told.helped else told.finite
    return replace(told, lemma=lemma, main=form, finite=finite)
