"""Sentences into clauses, from left to right: openings, subject, verb group, chunks, boundaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from sleep.recall import words as w
from sleep.recall.chunks import next_chunk
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_list, noun_phrase
from sleep.recall.syntax import BREAKS, Chunk, Clause, Cursor, VerbGroup, attach
from sleep.recall.tokens import Token, join
from sleep.recall.verbs import coordinated, same_form, verb_group

_THAT_VERBS = word_set("that_verbs")
_INNER = frozenset({"to", "in", "at", "from", "with", "for", "about", "on", "near", "across"})
_ASKING = frozenset({"give", "tell", "show", "help", "write", "make", "send", "find", "explain"})
_LASTING = word_set("lasting_starts")
_CONJUNCTIONS = frozenset({"and", "but", "so", "plus", "or", "yet"})
_SHARING = frozenset({"and", "but", "or", "so"})


def clauses(tokens: Sequence[Token]) -> list[Clause]:
    """The finite clauses of one sentence, in order; "when ..." clauses joined to their main one."""
    return list(_clauses(tuple(tokens)))


@lru_cache(maxsize=4096)
def _clauses(tokens: tuple[Token, ...]) -> tuple[Clause, ...]:
    """Kept, because a day is read twice and its sentences also piece by piece."""
    return tuple(attach(_Reader(tokens).read()))


def _states(chunk: Chunk) -> bool:
    """Whether a clause may follow a verb in -ing: "saying (that) ..."."""
    return w.verb_lemma(chunk.text.lower().split()[-1]) in _THAT_VERBS


class _Reader(Cursor):
    """Reads one sentence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        super().__init__(tokens)
        self.lead: list[str] = []
        self.link = "main"
        self.parent = ""
        self.found: list[Clause] = []
        self.open_subject: NounPhrase | None = None  # of "my sister, who ...," until its own verb

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
            if token.text in BREAKS or token.text == "," or token.low in w.COORDINATORS:
                break
            opens = self.at(1).low in w.SUBJECT_PRONOUNS | w.POSSESSIVES
            if self.at().low in w.SUBORDINATORS and opens:
                break
            if self.at().low in {"i", "we"} and self.verb_follows(self.i + 1):
                before = w.verb_lemma(token.low)
                if before in _THAT_VERBS:  # "do not think I ..."
                    self.link, self.parent = "that", before
                break

    # -- openings

    def _skip_opening(self) -> bool:
        """Interjections, conjunctions and leading adverbials before a subject."""
        token, start = self.at(), self.i
        if token.text in BREAKS:
            self.link, self.lead = "main", []
            self.i += 1
        elif not token.word and not token.title:
            self.i += 1
        elif self.link == "rel" and self.verb_follows(self.i):
            return False
        elif token.low in _CONJUNCTIONS or (
            token.low in w.SUBORDINATORS and self._adverbial_phrase() is None
        ):
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
            if phrase is None or phrase.first in w.POSSESSIVES:
                return None
            if not w.is_time(phrase.head):
                return None
        end = phrase.end + (self.token(phrase.end).low == "ago")
        following = self.token(end)
        if following.text == ",":
            return end + 1
        subject = noun_phrase(self.tokens, end, subject=True)
        return end if subject is not None and not following.finite else None

    def _subject_here(self) -> bool:
        phrase = noun_list(self.tokens, self.i, subject=True)
        return phrase is not None and self.verb_follows(phrase.end)

    # -- one clause

    def _clause(self) -> bool:
        subject, inherited = self._subject()
        if subject is None:
            return False
        verb = verb_group(self)
        if verb is None:
            return False
        if inherited and self.found:
            verb = coordinated(verb, self.found[-1].verb)
        chunks, denied, following = self._chunks(verb)
        parent = self.parent if self.link in {"that", "and", "or"} else ""
        self.found.append(
            Clause(
                subject, verb, tuple(chunks), tuple(self.lead), self.link, inherited, parent, denied
            )
        )
        stated = chunks and chunks[-1].text.endswith("ing") and _states(chunks[-1])
        governor = w.verb_lemma(chunks[-1].text.lower().split()[-1]) if stated else verb.lemma
        self.parent = governor if following == "that" else parent
        self.link = "wh" if self.link == "wh" and following == "that" else following
        if following not in {"and", "or"}:
            self.lead = []
        return True

    def _subject(self) -> tuple[NounPhrase | None, bool]:
        """The subject at the cursor, or the one this clause shares; and whether it is shared."""
        if self.link == "rel" and self.found and self.verb_follows(self.i):
            return self._relative_subject(), False
        aside = self._named_aside()
        if aside is not None:
            return aside, False
        subject = self._subject_phrase(self.i)
        if subject is not None and self._past_own_relative(subject):
            self.i = self._past_own_relative(subject)
            return subject, False
        if subject is not None and self._opens_relative(subject.end):
            self.open_subject = subject
            self.i = subject.end + (1 if self.at(subject.end - self.i).text == "," else 0) + 1
            self.link = "rel"
            return subject, False
        if subject is not None and self._dislocated(subject):
            self.open_subject = subject
            self.i = subject.end + (2 if self.token(subject.end).text == "," else 1)
            return subject, False
        if subject is not None and self.verb_follows(self._past_apposition(subject.end)):
            self.i = self._past_apposition(subject.end)
            return subject, False
        if self.open_subject is not None and self.verb_follows(self.i):
            subject, self.open_subject, self.link = self.open_subject, None, "main"
            return subject, False
        ordered = self.at().low == "do" and self.at(1).low == "not"  # "..., so do not ask"
        shares = self.link in _SHARING - {"so"} or (self.at().auxiliary and not ordered)
        if self.found and self.link in _SHARING and shares and self.verb_follows(self.i):
            return self.found[-1].subject, True
        return None, False

    def _subject_phrase(self, i: int) -> NounPhrase | None:
        """The noun phrase or list at i, with a phrase inside: "my flight to Lisbon | leaves"."""
        subject = noun_list(self.tokens, i, subject=True)
        if subject is None or subject.pronoun or subject.items or self.verb_follows(subject.end):
            return subject
        own = subject.tokens[0].determiner or "event" in categories(subject.head)
        if self.token(subject.end).low not in _INNER or not own:
            return subject
        inner = noun_phrase(self.tokens, subject.end + 1, subject=True)
        if inner is None or inner.pronoun:
            return subject
        if not self.verb_follows(self._past_apposition(inner.end)):
            return subject
        whole = tuple(self.tokens[subject.start : inner.end])
        return replace(subject, tokens=whole, end=inner.end)

    def _named_aside(self) -> NounPhrase | None:
        """ "The boy, Curtis, well, he is forty": whom the pronoun means, with the name."""
        phrase = noun_phrase(self.tokens, self.i, subject=True)
        if phrase is None or phrase.pronoun or self.token(phrase.end).text != ",":
            return None
        name = noun_phrase(self.tokens, phrase.end + 1, subject=True)
        if name is None or not name.names or name.text != name.names[0]:
            return None
        i = name.end + 1
        while self.token(i).low in w.INTERJECTIONS or self.token(i).text == ",":
            i += 1
        pronoun = self.token(i).low in w.PERSON_PRONOUNS and self.token(name.end).text == ","
        if not pronoun or not self.verb_follows(i + 1):
            return None
        self.i = i + 1
        both = NounPhrase(
            (*phrase.tokens, *name.tokens), phrase.start, name.end, phrase.head, name.names
        )
        self.open_subject = both
        return both

    def _past_own_relative(self, subject: NounPhrase) -> int:
        """The place after "(that) I mentioned" in "The boy I mentioned is ...", or 0."""
        i = subject.end + (self.token(subject.end).low == "that")
        if subject.pronoun or self.token(i).low not in {"i", "we"}:
            return 0
        ahead = Cursor(self.tokens)
        ahead.i = i + 1
        verb = verb_group(ahead) if subject.first in w.DETERMINERS | w.POSSESSIVES else None
        if verb is None or verb.main.lower() in w.BE:
            return 0
        return ahead.i if self.token(ahead.i).low in w.BE else 0

    def _opens_relative(self, end: int) -> bool:
        at = end + (self.token(end).text == ",")
        return self.token(at).low in {"who", "which"} and self.verb_follows(at + 1)

    def _dislocated(self, subject: NounPhrase) -> bool:
        """ "My roommate Beatriz, she is from Porto": the phrase is what the pronoun means."""
        comma, pronoun = self.token(subject.end), self.token(subject.end + 1)
        mine = subject.first in {"my", "our"} and comma.low in {"he", "she"}
        if mine and self.verb_follows(subject.end + 1):
            return True
        said_twice = comma.text == "," and pronoun.low in w.PERSON_PRONOUNS | {"it"}
        return said_twice and not subject.pronoun and self.verb_follows(subject.end + 2)

    def _relative_subject(self) -> NounPhrase:
        """What "who" or "which" stands for: the last noun phrase before it."""
        phrases = [chunk.phrase for chunk in self.found[-1].chunks if chunk.phrase is not None]
        return phrases[-1] if phrases else self.found[-1].subject

    def _past_apposition(self, i: int) -> int:
        """Skips ", a girl," or ", 7," between subject and verb, and a comma after names."""
        if self.token(i).text == "," and self.token(i - 1).name and self.token(i + 1).finite:
            return i + 1
        if self.token(i).text == ",":
            phrase = noun_phrase(self.tokens, i + 1, subject=True)
            if phrase is not None and self.token(phrase.end).text == ",":
                return phrase.end + 1
        return i

    def _chunks(self, verb: VerbGroup) -> tuple[list[Chunk], NounPhrase | None, str]:
        chunks: list[Chunk] = []
        denied = None
        while self.i < len(self.tokens):
            comma = self.at().text == ","
            contrast = comma or (bool(chunks) and chunks[-1].kind == "np" and self._names_next())
            if contrast and self.at(1 if comma else 0).low == "not" and denied is None:
                denied = noun_phrase(self.tokens, self.i + (2 if comma else 1))
                if denied is not None:
                    self.i = denied.end
                    continue
            link = self._boundary(verb, chunks)
            if link is not None:
                return chunks, denied, link
            chunk = next_chunk(self, verb, chunks)
            if chunk is None:
                self.i += 1
            else:
                chunks.append(chunk)
        return chunks, denied, "main"

    def _names_next(self) -> bool:
        """Whether "not" stands before a name or a number: "in Graz not Linz"."""
        after = self.at(2) if self.at(1).low == "the" else self.at(1)
        return after.number or self.at(1).name

    # -- where a clause ends

    def _boundary(self, verb: VerbGroup, chunks: list[Chunk]) -> str | None:
        """The link of the clause that begins here, or None when this one goes on."""
        token, following = self.at(), self.at(1)
        dash = token.text == "-" and bool(chunks) and not (self.at(-1).name and following.name)
        if token.text in BREAKS or not token.text or dash:
            return "main"
        if token.text == ",":
            return self._after_comma(verb, chunks)
        if token.low in {"who", "which"} or (token.low == "where" and chunks):
            return self._pass("rel")
        if token.low == "that" and self._that_clause(chunks):
            relative = bool(chunks) and following.finite and chunks[-1].kind == "np"
            return self._pass("rel" if relative else "that")
        if token.low == "as" and following.low in w.DO | w.BE:
            return "wh"
        if token.low in w.WH_WORDS - {"when"} and not self._how_to():
            return "wh"
        opens = following.low in w.SUBJECT_PRONOUNS | w.POSSESSIVES
        if token.low in w.SUBORDINATORS and self._clause_after(1) and (opens or token.low != "as"):
            return self._pass(token.low)
        if token.low == "so" and following.low == "that":
            return self._pass("so", 2)
        told = bool(chunks) and chunks[-1].text.lower() in w.OBJECT_PRONOUNS
        stating = verb.lemma in _THAT_VERBS and (not chunks or told or chunks[-1].text == "like")
        if stating and token.low not in w.OBJECT_PRONOUNS and self._clause_after(0):
            return "that"
        if token.low in _SHARING and self._clause_after(1, verb, chunks):
            return self._pass(token.low)
        asked = token.low in _ASKING and following.low in {"me", "us"}
        if asked and chunks and chunks[-1].kind in {"np", "adj", "adv"}:
            return "wh"  # "... on Sunday | give me some ideas"
        asks = token.auxiliary and following.low in w.SUBJECT_PRONOUNS - {"that", "this", "there"}
        if asks and chunks and chunks[-1].kind != "wh":
            return "wh"  # "... twice a day | can she have nuts"
        if self._pronoun_subject() and self.verb_follows(self.i + 1):
            if chunks and chunks[-1].text.endswith("ing") and _states(chunks[-1]):
                return "that"  # "do not go thinking I ..."
            if not chunks:
                return "that"
            return "main" if self._runs_on(chunks[-1]) else "reduced"
        if token.low in {"my", "our", "the"} and chunks and self._clause_after(0):
            own = self._subject_phrase(self.i) if token.low != "the" else None
            if own is not None and is_person(own.head) and self.token(own.end).low in w.BE:
                return "main"  # "... at a time my boyfriend is"
            last = chunks[-1].phrase
            whole = last is not None and last.first != "the" and not w.is_time(last.head)
            if chunks[-1].kind == "adv" or (whole and token.low != "the"):
                return "main"
        return None

    def _runs_on(self, last: Chunk) -> bool:
        """Whether "... Imani she is eleven" starts afresh: a relative would miss its own object."""
        if last.kind in {"adj", "adv"}:
            return True
        timed = last.phrase is not None and (w.is_time(last.head) or last.head.isdigit())
        if timed and self.link in w.SUBORDINATORS and last.text.split()[0].lower() != "the":
            return True  # "since Anna left in 2019 | I have ..."
        named = last.phrase is not None and (last.phrase.names or last.phrase.pronoun)
        someone = named and self.at().low in {"he", "she", "they"}
        if someone or ((named or self.at().low == "it") and self.at(1).low in w.BE):
            return True
        ahead = Cursor(self.tokens)
        ahead.i = self.i + 1
        if verb_group(ahead) is None:
            return False
        following = noun_phrase(self.tokens, ahead.i)
        return following is not None and not (following.pronoun or w.is_time(following.head))

    def _pass(self, link: str, count: int = 1) -> str:
        self.i += count
        return link

    def _how_to(self) -> bool:
        return self.at().low == "how" and self.at(1).low == "to"

    def _that_clause(self, chunks: list[Chunk]) -> bool:
        following = self.at(1)
        opens = following.low in w.SUBJECT_PRONOUNS | w.POSSESSIVES
        return opens or (bool(chunks) and following.finite)

    def _pronoun_subject(self) -> bool:
        low, following = self.at().low, self.at(1)
        if low in {"it", "you"}:
            return following.finite and following.auxiliary
        return low in w.SUBJECT_PRONOUNS - {"that", "this", "it", "you", "there"}

    def _after_comma(self, verb: VerbGroup, chunks: list[Chunk]) -> str | None:
        following = self.at(1)
        if following.low in _SHARING:
            if self._clause_after(2, verb, chunks) or following.low == "so":
                return self._pass(following.low, 2)
            return None
        if following.low in {"who", "which", "where"}:
            return self._pass("rel", 2)
        if following.low in w.SUBORDINATORS and self._clause_after(2):
            return self._pass(following.low, 2)
        if self.open_subject is not None and self.verb_follows(self.i + 1):
            return self._pass("main")
        if self._clause_after(1) or following.low in w.INTERJECTIONS:
            return self._pass("main")
        if following.preposition or following.low in {"usually", "sometimes"}:
            return None
        return "appos"

    def _clause_after(
        self, offset: int, verb: VerbGroup | None = None, chunks: Sequence[Chunk] = ()
    ) -> bool:
        """Whether a clause (with a subject, or with `verb`'s) starts at this offset."""
        i = self.i + offset
        while self.token(i).low in w.DEGREE_ADVERBS | w.DEICTIC_TIMES | {"then"}:
            i += 1
        token = self.token(i)
        if not token.text:
            return False
        if token.preposition:
            time = noun_phrase(self.tokens, i + 1, subject=True)
            timed = time is not None and w.is_time(time.head)
            return timed and time is not None and self._clause_after(time.end - self.i)
        if verb is not None and token.finite and not token.name:
            shared = self._shares_subject(i, verb, chunks)
            if shared is not None:
                return shared
        subject = self._subject_phrase(i)
        if subject is None:
            return False
        end = self._past_apposition(subject.end)
        return self.verb_follows(end) or self._opens_relative(subject.end)

    def _shares_subject(self, i: int, verb: VerbGroup, chunks: Sequence[Chunk]) -> bool | None:
        """Whether the verb at i goes on with the same subject; None when it may be a noun."""
        token, following = self.token(i), self.token(i + 1)
        infinitive = any(c.kind == "verb" and c.text.lower().startswith("to ") for c in chunks)
        if infinitive and token.verb("VB") and not token.auxiliary:
            return False
        if token.auxiliary or not token.noun:
            return token.auxiliary or same_form(verb, token)
        if w.verb_lemma(token.low) != token.low and token.verb("VBD"):
            return True
        leads_on = following.determiner or following.preposition or following.adverb
        if token.low in _LASTING and following.preposition and not verb.modal:
            return True  # "moved to Graz and work at a bank"
        if leads_on or following.low in w.OBJECT_PRONOUNS:
            return same_form(verb, token)
        return None
