"""Sentences into clauses: subject, verb group, and the chunks that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sleep.recall import words as w
from sleep.recall.english import word_set
from sleep.recall.phrases import NounPhrase, amount_opening, noun_list, noun_phrase
from sleep.recall.tokens import Token, join


@dataclass(frozen=True)
class Chunk:
    """A piece of what follows the verb. kind: np, prep, verb, adj, adv, cc or naming."""

    kind: str
    text: str
    head: str
    phrase: NounPhrase | None = None


@dataclass(frozen=True)
class VerbGroup:
    """The verbs of a clause: `finite` as written, the words between it and the main verb, the main verb.

    When `helped` is false, finite and main are the same word. particle: "up" of "gave up".
    """

    finite: str
    between: tuple[str, ...]
    main: str
    lemma: str
    helped: bool
    negated: bool
    adverbs: tuple[str, ...]
    particle: str = ""

    @property
    def modal(self) -> bool:
        return self.finite.lower() in w.MODALS

    @property
    def past(self) -> bool:
        return (
            not self.modal
            and not self.helped
            and w.has_tag(self.main, "VBD")
            and not (w.has_tag(self.main, "VBP"))
        )


@dataclass(frozen=True)
class Clause:
    """A finite clause. link: how it hangs on the sentence (main, and, but, rel, that, or a subordinator).

    lead: adverbials before the subject. inherited: the subject was left out and is the one before.
    """

    subject: NounPhrase
    verb: VerbGroup
    chunks: tuple[Chunk, ...]
    lead: tuple[str, ...]
    link: str
    inherited: bool = False

    @property
    def words(self) -> str:
        """Everything after the verb group, as text."""
        return join([chunk.text for chunk in self.chunks])

    def has(self, kind: str) -> bool:
        return any(chunk.kind == kind for chunk in self.chunks)

    def first(self, kind: str) -> Chunk | None:
        return next((chunk for chunk in self.chunks if chunk.kind == kind), None)


_BREAKS = frozenset({".", "!", "?", ";", ":", "(", ")"})
_THAT_VERBS = word_set("that_verbs")


class ClauseReader:
    """Reads the clauses of one sentence from left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.i = 0
        self.lead: list[str] = []
        self.link = "main"
        self.found: list[Clause] = []

    def at(self, offset: int = 0) -> Token:
        index = self.i + offset
        return self.tokens[index] if 0 <= index < len(self.tokens) else Token("")

    def read(self) -> list[Clause]:
        while self.i < len(self.tokens):
            before = self.i
            if not (self._skip_opening() or self._clause()):
                self._recover()
            if self.i == before:
                self.i += 1
        return self.found

    def _recover(self) -> None:
        """No clause starts here: go on after the next comma or conjunction."""
        self.lead.clear()
        while self.i < len(self.tokens):
            token = self.at()
            self.i += 1
            if token.text in _BREAKS or token.text == "," or token.low in w.COORDINATORS:
                break
            if (
                self.at().low in w.SUBORDINATORS
                and self.at(1).low in w.SUBJECT_PRONOUNS | w.POSSESSIVES
            ):
                break

    def _skip_opening(self) -> bool:
        """Interjections, conjunctions and leading adverbials before a subject."""
        token, start = self.at(), self.i
        if token.text in _BREAKS:
            self.link, self.lead = "main", []
            self.i += 1
        elif not token.word and not token.title:
            self.i += 1
        elif (token.low in w.SUBORDINATORS and not self._adverbial_phrase()) or token.low in {
            "and",
            "but",
            "so",
            "plus",
            "or",
            "yet",
        }:
            self.link = token.low
            self.i += 1
        elif token.low in w.INTERJECTIONS and not self._subject_here():
            self.i += 1
        elif token.adverb and not self._subject_here():
            if token.low not in {"also", "so", "then", "well", "just", "still", "even", "not"}:
                self.lead.append(token.text)
            self.i += 1
        elif (end := self._adverbial_phrase()) is not None:
            self.lead.append(join([t.text for t in self.tokens[self.i : end]]))
            self.i = end
        return self.i > start

    def _adverbial_phrase(self) -> int | None:
        """End of a leading time or place phrase ("Last weekend", "At work,"), or None."""
        i = self.i
        if self.at().preposition:
            phrase = noun_phrase(self.tokens, i + 1, subject=True)
            if phrase is None or (phrase.pronoun and phrase.head != "me"):
                return None
        else:
            phrase = noun_phrase(self.tokens, i, subject=True)
            if (
                phrase is None
                or w.noun_lemma(phrase.head) not in w.TIME_NOUNS
                or phrase.first in w.POSSESSIVES
            ):
                return None
        end = phrase.end
        if end < len(self.tokens) and self.tokens[end].low == "ago":
            end += 1
        following = self.tokens[end] if end < len(self.tokens) else Token("")
        if following.text == ",":
            return end + 1
        subject = noun_phrase(self.tokens, end, subject=True)
        starts = subject is not None and not following.finite
        return end if starts else None

    def _subject_here(self) -> bool:
        phrase = noun_list(self.tokens, self.i, subject=True)
        return phrase is not None and self._verb_at(phrase.end)

    def _verb_at(self, i: int) -> bool:
        while i < len(self.tokens) and self.tokens[i].adverb and not self.tokens[i].auxiliary:
            i += 1
        return i < len(self.tokens) and self.tokens[i].finite

    def _clause(self) -> bool:
        subject = noun_list(self.tokens, self.i, subject=True)
        inherited = False
        if subject is None or not self._verb_at(self._past_apposition(subject.end)):
            if not (
                self.found and self.link in {"and", "but", "or", "so"} and self._verb_at(self.i)
            ):
                return False
            subject, inherited = self.found[-1].subject, True
        else:
            self.i = self._past_apposition(subject.end)
        verb = self._verb_group()
        if verb is None:
            return False
        chunks, following = self._chunks(verb)
        self.found.append(
            Clause(subject, verb, tuple(chunks), tuple(self.lead), self.link, inherited)
        )
        self.link = following
        if following not in {"and", "or"}:
            self.lead = []
        return True

    def _past_apposition(self, i: int) -> int:
        """Skips ", a girl," or ", 7," between subject and verb."""
        if i < len(self.tokens) and self.tokens[i].text == ",":
            phrase = noun_phrase(self.tokens, i + 1, subject=True)
            if (
                phrase is not None
                and phrase.end < len(self.tokens)
                and self.tokens[phrase.end].text == ","
            ):
                return phrase.end + 1
        return i

    def _verb_group(self) -> VerbGroup | None:
        adverbs: list[str] = []
        while self.at().adverb and not self.at().auxiliary:
            adverbs.append(self.at().text)
            self.i += 1
        finite = self.at()
        if not finite.finite:
            return None
        self.i += 1
        between: list[str] = []
        negated = finite.low == "cannot" or "never" in (a.lower() for a in adverbs)
        main, helped = finite, False
        while finite.auxiliary:
            token = self.at()
            if token.low in w.NEGATIONS and token.low != "no":
                negated = True
                between.append(token.text)
            elif token.adverb and not self._predicate_adverb():
                adverbs.append(token.text)
                between.append(token.text)
            elif self._continues(main, finite, token):
                if helped:
                    between.append(main.text)
                main, helped = token, True
            else:
                break
            self.i += 1
        if not helped:
            back = len(between)
            while back and between[back - 1].lower() not in w.NEGATIONS:
                back -= 1
            self.i -= len(between) - back  # adverbs after a copula belong to what follows
            adverbs = adverbs[: len(adverbs) - (len(between) - back)]
            between = between[:back]
        particle = ""
        if self.at().low in w.PARTICLES and main.low not in w.BE and not (
            self.at(1).determiner or self.at(1).noun or self.at(1).name or self.at(1).gerund or self.at(1).number
        ):  # fmt: skip
            particle = self.at().low
            self.i += 1
        lemma = _lemma(main, finite, helped)
        return VerbGroup(
            finite.text, tuple(between), main.text, lemma, helped, negated, tuple(adverbs), particle
        )

    def _predicate_adverb(self) -> bool:
        return self.at().low in {
            "here",
            "there",
            "home",
            "back",
            "away",
            "abroad",
            "together",
            "alone",
        }

    def _continues(self, main: Token, finite: Token, token: Token) -> bool:
        """Whether token is the next verb of the group after main."""
        if not token.word or token.determiner:
            return False
        if main.low in w.MODALS or main.low in {"do", "does", "did"}:
            return token.verb("VB")
        if main.low in w.HAVE and (main is finite or main.low == "have"):
            return token.verb("VBN") and not (
                token.noun and not token.low == "had" and self.at(1).noun and not self.at(1).name
            )
        if main.low in w.BE:
            if token.gerund:
                return not (
                    w.lemmas(token.low, "ADJ") and self.at(1).text in {"", ".", ",", "!", "and"}
                )
            return (
                token.participle
                and not (token.adjective and not self.at(1).preposition)
                and token.low != "left"
            )
        return False

    def _boundary(self, verb: VerbGroup, chunks: list[Chunk]) -> str | None:
        """The link of the clause that begins here, or None when this one goes on."""
        token, following = self.at(), self.at(1)
        if token.text in _BREAKS or not token.text:
            return "main"
        if token.text == ",":
            return self._comma(chunks)
        if token.low in {"who", "which"} or (token.low == "where" and chunks):
            self.i += 1
            return "rel"
        if token.low == "that" and (
            following.low in w.SUBJECT_PRONOUNS | w.POSSESSIVES or (chunks and following.finite)
        ):
            self.i += 1
            return "that"
        if token.low in w.WH_WORDS and token.low not in {"when", "while"}:
            return "wh"
        if token.low in w.SUBORDINATORS and self._clause_after(1):
            self.i += 1
            return token.low
        if token.low == "so" and following.low == "that":
            self.i += 2
            return "so"
        stating = verb.lemma in _THAT_VERBS and (not chunks or chunks[-1].text == "like")
        if stating and token.low not in w.OBJECT_PRONOUNS and self._clause_after(0):
            return "that"
        if token.low in {"and", "but", "or", "so"} and self._clause_after(1, verb=verb):
            self.i += 1
            return token.low
        subject = token.low in w.SUBJECT_PRONOUNS - {"that", "this", "it", "you", "there"} or (
            token.low in {"it", "you"}
            and not self.at(1).text == ""
            and following.finite
            and following.auxiliary
        )
        if subject and self._verb_at(self.i + 1):
            return "that" if not chunks else "reduced"
        return None

    def _comma(self, chunks: list[Chunk]) -> str | None:
        following = self.at(1)
        if following.low in {"and", "but", "so", "or"}:
            if self._clause_after(2, verb=None):
                self.i += 2
                return following.low
            return None
        if following.low in {"who", "which", "where"}:
            self.i += 2
            return "rel"
        if following.low in w.SUBORDINATORS and self._clause_after(2):
            self.i += 2
            return following.low
        if self._clause_after(1) or following.low in w.INTERJECTIONS:
            self.i += 1
            return "main"
        if following.preposition or following.low in {"usually", "mostly", "sometimes", "too"}:
            return None
        return "appos"

    def _clause_after(self, offset: int, verb: VerbGroup | None = None) -> bool:
        """Whether a clause (with a subject, or with `verb`'s) starts at this offset."""
        i = self.i + offset
        while i < len(self.tokens) and (
            self.tokens[i].low in w.DEGREE_ADVERBS or self.tokens[i].low in w.DEICTIC_TIMES
        ):
            i += 1
        if i >= len(self.tokens):
            return False
        token = self.tokens[i]
        if token.finite and not token.name and (verb is not None or token.auxiliary):
            if token.auxiliary or not token.noun:
                return verb is None or token.auxiliary or _same_form(verb, token)
            following = self.tokens[i + 1] if i + 1 < len(self.tokens) else Token("")
            if w.verb_lemma(token.low) != token.low and token.verb("VBD"):
                return True
            if following.determiner or following.preposition or following.low in w.OBJECT_PRONOUNS:
                return verb is not None and _same_form(verb, token)
        subject = noun_list(self.tokens, i, subject=True)
        return subject is not None and self._verb_at(self._past_apposition(subject.end))

    def _chunks(self, verb: VerbGroup) -> tuple[list[Chunk], str]:
        chunks: list[Chunk] = []
        while self.i < len(self.tokens):
            link = self._boundary(verb, chunks)
            if link is not None:
                return chunks, link
            chunk = self._chunk(verb, chunks)
            if chunk is None:
                self.i += 1
            else:
                chunks.append(chunk)
        return chunks, "main"

    def _take(self, kind: str, count: int = 1, head: str = "") -> Chunk:
        text = join([token.text for token in self.tokens[self.i : self.i + count]])
        head = head or self.at(count - 1).low
        self.i += count
        return Chunk(kind, text, head)

    def _chunk(self, verb: VerbGroup, chunks: list[Chunk]) -> Chunk | None:
        token, following = self.at(), self.at(1)
        last = chunks[-1] if chunks else None
        if not token.word and not token.title:
            return (
                self._take("punct")
                if token.text in {",", "-", "/", "&", "$", "€", "£", "+", "%"}
                else None
            )
        if (
            token.low == "to"
            and following.verb("VB")
            and not following.name
            and not self._place_after_to(verb, last)
        ):
            if following.low in w.PARTICLES:
                return self._take("prep")
            return self._take("verb", 2, w.verb_lemma(following.low))
        if token.low == "not" or (token.low in w.COORDINATORS):
            return self._take("cc")
        if token.low in {"called", "named", "nicknamed"} and last is None and verb.lemma == "be":
            return self._take("naming")
        if token.low in {"while", "when"} and following.gerund:
            return self._take("prep")
        if token.low in w.WH_WORDS:
            return self._take("wh")
        if token.adverb and not amount_opening(self.tokens, self.i) and not (token.determiner and (following.noun or following.low == "of")) and not (
            token.low in w.DEGREE_ADVERBS and (following.adjective and noun_phrase(self.tokens, self.i + 1))
        ):  # fmt: skip
            return self._take("adv")
        phrase = self._object(verb, last)
        if phrase is not None:
            self.i = phrase.end
            return Chunk("np", phrase.text, phrase.head, phrase)
        if token.low in w.PREPOSITIONS:
            return self._take("adv" if token.low == "ago" else "prep")
        if token.gerund:
            return self._take("verb", 1, w.verb_lemma(token.low))
        if token.adjective or token.participle:
            return self._take("adj")
        if last is not None and last.kind in {"verb", "cc"} and token.verb("VB"):
            return self._take("verb", 1, w.verb_lemma(token.low))
        return self._take("other")

    def _place_after_to(self, verb: VerbGroup, last: Chunk | None) -> bool:
        """Whether "to X" is a direction ("went to work"), not an infinitive."""
        moving = (verb.lemma if last is None else last.head) in {
            "go",
            "walk",
            "drive",
            "come",
            "cycle",
            "get",
            "travel",
            "run",
        }
        after = self.at(2)
        return (
            moving
            and self.at(1).noun
            and (
                not after.word or after.preposition or after.adverb or after.low in {"and", "every"}
            )
        )

    def _object(self, verb: VerbGroup, last: Chunk | None) -> NounPhrase | None:
        token = self.at()
        amount = amount_opening(self.tokens, self.i)
        if token.low == "to" or (token.preposition and not amount and not token.title):
            return None
        if (
            verb.lemma == "be"
            and not verb.helped
            and last is None
            and token.adjective
            and not token.title
        ):
            phrase = noun_list(self.tokens, self.i)
            if phrase is None or not (
                phrase.first in w.DETERMINERS
                or len(phrase.tokens) > 1
                or token.name
                or token.number
            ):
                return None
        if (
            token.gerund
            and (last is None or last.kind in {"verb", "adv", "prep"})
            and not token.title
        ):
            lists = noun_list(self.tokens, self.i)
            if lists is not None and (
                lists.items
                or (last is not None and last.kind == "prep")
                or w.lemmas(token.low, "NOUN")
            ):
                return lists
            return None
        return noun_list(self.tokens, self.i)


def _lemma(main: Token, finite: Token, helped: bool) -> str:
    readings = w.verb_readings(main.low)
    if not readings:
        return main.low
    if helped and finite.low in w.MODALS | w.DO:
        return main.low
    return readings[0][0]


def _same_form(verb: VerbGroup, token: Token) -> bool:
    """Whether token could be coordinated with the verb (same tense or form)."""
    for tags in (("VBD",), ("VBZ",), ("VBP", "VB")):
        if w.has_tag(verb.main, *tags) and token.verb(*tags):
            return True
    return False


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The finite clauses of one sentence, in order."""
    return ClauseReader(tokens).read()
