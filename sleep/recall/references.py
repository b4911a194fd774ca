"""Who "she" and "it" are: pronouns and bare names resolved to people and things of the user."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from sleep.recall import words as w
from sleep.recall.clause_sense import (
    costs,
    names_an_animal,
    names_it,
    routine,
    says_what,
    takes_place,
    when,
)
from sleep.recall.english import word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.naming import Naming
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_phrase
from sleep.recall.syntax import Chunk, Clause
from sleep.recall.tokens import Token, tokenise

_FEMALE = word_set("female")
_MALE = word_set("male")
_LASTING = word_set("lasting_verbs")
_ACQUIRING = word_set("acquiring_verbs")
_OF_THINGS = frozenset({"be", "have", "call", "name", "cost", "come"})  # what "it" can well do
_TITLES = frozenset({"Dr", "Dr.", "Mr", "Mr.", "Mrs", "Mrs.", "Ms", "Ms.", "Prof.", "Professor"})
_HOMES = frozenset({"room", "flat", "apartment", "studio"})
_THINGS = frozenset({"car", "car make", "vehicle", "device", "instrument", "company", "place"})
_SEVERAL = word_set("plural_kin")
_OWN_THINGS = word_set("own_things")
_NAMED_THINGS = word_set("named_things")
_MOMENTS = word_set("moments", "passing")
_CLOSE = word_set("close_people")
_BARE = word_set("bare_people")
_PRONOUNS = {
    form: pronoun
    for pronoun, forms in (
        ("he", "he him his"),
        ("she", "she her"),
        ("they", "they them their"),
        ("it", "it its"),
    )
    for form in forms.split()
}


def _whole(built: NounPhrase, subject: NounPhrase) -> NounPhrase:
    """ "my flight" with what the subject says after it: "to Oslo"."""
    missing = len(subject.tokens) + (subject.first != "the") - len(built.tokens)
    tail = subject.tokens[len(subject.tokens) - missing :] if missing > 0 else ()
    return replace(built, tokens=(*built.tokens, *tail), end=built.end + len(tail))


def close_one(tokens: list[Token], start: int) -> NounPhrase | None:
    """ "the missus" as "my missus", over the same tokens; None for anybody else."""
    if (
        tokens[start].low != "the"
        or start + 1 >= len(tokens)
        or tokens[start + 1].low not in _CLOSE
    ):
        return None
    return noun_phrase([*tokens[:start], Token("my"), *tokens[start + 1 :]], start)


def phrase_of(text: str) -> NounPhrase | None:
    """The noun phrase that a text is."""
    return noun_phrase(tokenise("x " + text), 1)


@dataclass
class References:
    """What names and pronouns may stand for, as the day goes on.

    owners: name -> "my sister", from every naming of the day and of earlier nights.
    """

    owners: dict[str, str] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)  # heads of what the user told about: "gig"
    familiar: set[str] = field(default_factory=set)  # names of animals, owner not said
    nearby: list[NounPhrase] = field(default_factory=list)  # all phrases of the message so far
    somebody: list[NounPhrase] = field(default_factory=list)
    told: set[str] = field(default_factory=set)  # heads of things in what was taken for a fact
    several: bool = False  # children, brothers or pets were spoken of in this conversation
    strangers: set[str] = field(default_factory=set)  # heads of "the girl who ..."
    fence: int = 0  # where in `somebody` the message begins
    something: list[NounPhrase] = field(default_factory=list)

    def new_conversation(self) -> None:
        """Pronouns do not reach over the border of a conversation."""
        self.somebody.clear()
        self.something.clear()
        self.fence = 0
        self.several = False

    def new_message(self) -> None:
        """Things are meant only within a message; people stay, those of the message come first."""
        self.fence = len(self.somebody)
        self.something.clear()
        self.nearby.clear()
        self.strangers.clear()

    def note(self, tokens: list[Token]) -> None:
        """Takes in the noun phrases of a stretch of the message, for "it" and "them"."""
        k, end = 0, len(tokens)
        while k < end:
            phrase = noun_phrase(tokens, k)
            if phrase is None:
                k += 1
                continue
            if not (phrase.pronoun or w.is_time(phrase.head)):
                full = phrase_of(phrase.text[8:]) if phrase.text.startswith("full of ") else None
                self.nearby.append(full or phrase)
            k = phrase.end

    def meant(self, pronoun: str) -> NounPhrase | None:
        """What an object "it" or "them" means: the nearest phrase, when it is of that number and
        names a kind of thing or bears a name ("peanuts", "Elm Park"), else nothing."""
        nearest = self.nearby[-1] if self.nearby else None
        if nearest is not None and nearest.first in {"no", "any", "some"}:
            nearest = phrase_of(nearest.text.split(" ", 1)[-1])
        if nearest is None or is_person(nearest.head) or nearest.tokens[0].determiner:
            return None
        fits = nearest.plural == (pronoun == "them")
        general = bool(categories(nearest.head)) or bool(nearest.names)
        return nearest if fits and general and not nearest.gerund else None

    def name(self, naming: Naming) -> None:
        """Takes in that somebody or something is called so."""
        if naming.owner != "I":
            self.owners[naming.name] = naming.owner
            self._add(f"{naming.owner} {naming.name}")

    def _add(self, text: str) -> None:
        phrase = phrase_of(text)
        if phrase is not None:
            made = any(_THINGS & set(categories(token.low)) for token in phrase.tokens)
            named = phrase.names and not made
            lively = is_person(phrase.head) or "animal" in categories(phrase.head) or named
            (self.somebody if lively else self.something).append(phrase)

    def glance(self, tokens: list[Token]) -> None:
        """Takes in the "my ..." phrases of a sentence that tells nothing itself."""
        for k, token in enumerate(tokens):
            if token.low in {"my", "our"}:
                phrase = noun_phrase(tokens, k, subject=True)
                if phrase is not None and len(phrase.tokens) > 1 and not phrase.items:
                    self._add(self._possessor(phrase) or self._with_owner(phrase.text))

    def hear(self, clause: Clause) -> None:
        """Takes in what a clause mentions: "my ..." phrases, known names, things the user got."""
        verb = clause.verb.lemma
        got = next((c.phrase for c in clause.chunks if c.kind != "adv"), None)
        for phrase in (clause.subject, *(c.phrase for c in clause.chunks if c.phrase is not None)):
            several = {token.low for token in phrase.tokens} & _SEVERAL
            if len(phrase.names) > 1 and several:
                self.familiar.update(phrase.names)  # "two children, Susan and Peter"
            if several and verb in _ACQUIRING and clause.subject.first in {"i", "we"}:
                self._add(f"my {sorted(several)[0]}")
            for item in phrase.items or (phrase,):
                first = item.tokens[0].low
                if first in {"my", "our"} and len(item.tokens) > 1:
                    self._add(self._possessor(item) or self._with_owner(item.text))
                    dated = "event" in categories(item.head) or item.head == "birthday"
                    if self._possessor(item) and (is_person(item.head) or dated):
                        self._add(item.text)  # "my wife's parents", "my wife's birthday"
                elif item.text in self.familiar:
                    self._add(item.text)
                elif first == "the" and item.head in _OWN_THINGS and len(item.tokens) == 2:
                    self._add(self._with_owner(f"my {item.head}"))
                elif item.text in self.owners:
                    self._add(f"{self.owners[item.text]} {item.text}")
                elif item.names and item.names[-1] in self.owners:
                    self._add(f"{self.owners[item.names[-1]]} {item.names[-1]}")
                elif _stranger(item, phrase is clause.subject) and not (
                    clause.verb.lemma == "be" and phrase is not clause.subject
                ):
                    self.somebody.append(item)
                elif first in {"a", "an"} and clause.subject.first in {"i", "we"}:
                    self.owned.add(item.head)
                bare = "event" in categories(item.head) and not item.tokens[0].determiner
                some = first in {"a", "an", "one"} or bare
                some = some and not (item.head in _MOMENTS or item.tokens[-1].number)
                if verb in _ACQUIRING and some and phrase is got:
                    whole = item.text if bare else item.text.split(" ", 1)[-1]
                    self._add(self._with_owner(f"my {whole.split(' called ')[0]}"))

    def _possessor(self, item: NounPhrase) -> str:
        """ "my friend" of "my friend's birthday": that is whom "he" will mean."""
        for k, token in enumerate(item.tokens):
            if token.text.endswith("'s") and k < len(item.tokens) - 1:
                return " ".join([*(t.text for t in item.tokens[:k]), token.text[:-2]])
        return ""

    def _with_owner(self, text: str) -> str:
        named = [name for name, owner in self.owners.items() if owner == text.lower()]
        return f"{text} {named[0]}" if len(named) == 1 else text

    def overhear(self, *texts: str) -> None:
        """Takes in that several were spoken of, by the user or the assistant: "both boys"."""
        words = set(re.findall(r"\w+", " ".join(texts).lower()))
        self.several = self.several or bool(words & _SEVERAL)

    def antecedent(self, pronoun: str) -> NounPhrase | None:
        """The phrase a pronoun most likely means, or None."""
        kind = _PRONOUNS.get(pronoun, "")
        if kind == "it":
            here = self.somebody[self.fence :]
            animals = [p for p in here if "animal" in categories(p.head)]
            return next(reversed(self.something or animals), None)
        here = [p for p in reversed(self.somebody[self.fence :]) if _fits(p, kind)]
        before = (p for p in reversed(self.somebody[: self.fence]) if _fits(p, kind) and _theirs(p))
        if kind == "they" and not here:
            return None
        return next(iter(here), None) or next(before, None)

    def resolve(self, clause: Clause) -> Clause:
        """The clause with pronouns and bare names written out, as far as they are known."""
        subject = clause.subject
        if subject.first in {"ours", "mine"} and len(subject.tokens) == 1:
            subject = self._ours() or subject
        if subject.first == "we" and names_it(clause):
            subject = self._our_group() or subject
        if clause.link == "rel" and subject.first == "the":
            self.strangers.add(subject.head)  # "the girl who does the sandwiches"
        if _close(subject) and subject.head not in self.strangers:
            plain = subject.text.split(" ", 1)[-1] if subject.first == "the" else subject.text
            subject = phrase_of(f"my {plain[0].lower()}{plain[1:]}") or subject
        elif clause.link == "rel" and subject.first in {"a", "an"}:
            subject = self._just_got(subject) or subject
        elif self._is_owned(subject, clause):
            built = phrase_of(
                "my " + subject.text.split(" ", 1)[-1]
                if subject.first == "the"
                else f"my {subject.text[0].lower()}{subject.text[1:]}"
            )
            subject = _whole(built, subject) if built is not None else subject
        clause, subject = self._pronoun(clause, subject)
        if routine(clause):
            me = phrase_of("I")
            verb = replace(clause.verb, finite="have", main="have", lemma="have")
            return replace(clause, subject=me or subject, verb=verb)
        if names_an_animal(clause):
            self.familiar.add(subject.text)
        chunks = []
        for chunk in clause.chunks:
            if chunk.phrase is None:
                chunks.append(chunk)
                continue
            own = _own(chunk.phrase, subject)
            phrase = chunk.phrase if own else self._resolve_phrase(chunk.phrase, subject=False)
            stuff = chunk.phrase.text.lower() == "the stuff"
            if (chunk.phrase.first in {"it", "them"} or stuff) and clause.verb.lemma in _LASTING:
                phrase = self.meant("it" if stuff else chunk.phrase.first) or phrase
            chunks.append(Chunk(chunk.kind, phrase.text, phrase.head, phrase))
        return replace(clause, subject=subject, chunks=tuple(chunks))

    def _pronoun(self, clause: Clause, subject: NounPhrase) -> tuple[Clause, NounPhrase]:
        """The clause, and whom or what its subject stands for when it is a pronoun."""
        first = clause.chunks[0].phrase if clause.chunks else None
        if subject.first == "it" and first is not None and _owned_by_other(first):
            if len(clause.chunks) > 2 and clause.chunks[1].kind == "prep":
                clause = replace(clause, chunks=clause.chunks[1:])
                subject = first  # "it's Peter's birthday on the 9th": the birthday is on the 9th
        elif subject.first in {"it", "that", "they"} and costs(clause):
            subject = self._home() or self._bought() or self._resolve_phrase(subject, subject=True)
        elif subject.first == "it" and clause.chunks[:1] and clause.chunks[0].head == "for":
            pass  # "it's for my sister": what was asked for
        elif subject.first == "it" and when(clause):
            events = [p for p in self.something if not _THINGS & set(categories(p.head))]
            subject = next(reversed(events), self._event() or subject)  # no cat "is the sixteenth"
        elif subject.first != "it" or clause.verb.lemma in _OF_THINGS:
            pronoun = subject.first in {"he", "she"}
            subject = self._resolve_phrase(subject, subject=True)
            if pronoun and subject.pronoun and first is not None and _close_one(first):
                subject = self._name_nearby() or subject
        return clause, subject

    def _event(self) -> NounPhrase | None:
        """ "I am training for the Leeds marathon, it is on 12 May": the event just spoken of."""
        for phrase in reversed(self.nearby):
            kinds = set(categories(phrase.head))
            known = "event" in kinds or phrase.head in self.told | self.owned
            thing = kinds & _THINGS or "animal" in kinds or is_person(phrase.head)
            if known and not thing and phrase.first in {"the", "my", "our", "a", "an"}:
                return phrase_of(f"my {phrase.text.split(' ', 1)[-1]}")
        return None

    def _just_got(self, subject: NounPhrase) -> NounPhrase | None:
        """ "I've got a lab called Moose who hates kennels": mine, as was just said."""
        known = reversed([*self.something, *self.somebody])
        return next((p for p in known if p.head == subject.head and p.first == "my"), None)

    def _ours(self) -> NounPhrase | None:
        """ "Is it normal for a cat to sneeze? Ours ...": whose kind was just spoken of."""
        kinds = [p.head for p in self.nearby if "animal" in categories(p.head) or is_person(p.head)]
        return phrase_of(f"my {w.noun_lemma(kinds[-1])}") if kinds else None

    def _our_group(self) -> NounPhrase | None:
        """ "My band has a gig, we're called Rust": what "we" is called."""
        heads = [phrase.head for phrase in self.nearby if phrase.head in _NAMED_THINGS]
        return phrase_of(f"my {heads[-1]}") if heads else None

    def _home(self) -> NounPhrase | None:
        """ "I live in a room, it costs ...": what "it" is, when a home was just spoken of."""
        words = [word for phrase in self.nearby for word in phrase.text.lower().split()]
        homes = [word for word in words if word in _HOMES]
        return phrase_of(f"my {homes[-1]}") if homes else None

    def _bought(self) -> NounPhrase | None:
        """ "I left my coat on the bus, that was 90 euros": the nearest thing of one's own."""
        for phrase in reversed(self.nearby):
            if phrase.first in {"my", "our"} and not (is_person(phrase.head) or phrase.gerund):
                return phrase_of(f"my {phrase.text.split(' ', 1)[-1]}")
        return None

    def _name_nearby(self) -> NounPhrase | None:
        """The nearest bare name in the message: "Here is always Ole, he is my best friend"."""
        names = [p for p in self.nearby if p.names and p.text == p.names[0]]
        return next((p for p in reversed(names) if not categories(p.text)), None)

    def _is_owned(self, subject: NounPhrase, clause: Clause) -> bool:
        """ "The gig is on Friday" after "we have a gig"; "Commute is 40 minutes"."""
        shown = any(token.preposition for token in subject.tokens)  # "the cat in the picture"
        if subject.first == "the" and names_it(clause) and not (subject.names or shown):
            near = {"animal", "relative"} & set(categories(subject.head))
            return bool(near) or subject.head in self.owned
        if subject.pronoun or subject.items or subject.names or is_person(subject.head):
            return False
        first = clause.chunks[0] if clause.chunks else None
        if subject.first == "the":
            own = len(subject.tokens) == 2 and subject.head in _OWN_THINGS and says_what(clause)
            return own or subject.head in self.owned
        if len(subject.tokens) == 1 and subject.head in _OWN_THINGS:
            return True
        if len(subject.tokens) == 1 and takes_place(subject, clause):
            return True
        if len(subject.tokens) == 1 and "animal" in categories(subject.head):
            return names_it(clause) or says_what(clause)
        value = first.phrase if first is not None else None
        if first is not None and first.kind == "prep" and "event" in categories(subject.head):
            value = clause.chunks[1].phrase if len(clause.chunks) > 1 else None
        measured = value is not None and any(token.number for token in value.tokens)
        bare = not subject.tokens[0].determiner and not subject.tokens[0].number
        return bare and clause.verb.lemma == "be" and measured and not w.is_plural(subject.head)

    def _resolve_phrase(self, phrase: NounPhrase, subject: bool) -> NounPhrase:
        first = phrase.first
        if len(phrase.tokens) == 1 and first in _PRONOUNS and (subject or first in {"him", "her"}):
            return self.antecedent(first) or phrase
        if first == "them" and len(phrase.tokens) == 1:
            here = [p for p in reversed(self.somebody[self.fence :]) if _fits(p, "they")]
            return next(iter(here), phrase)
        if subject and phrase.text in self.owners:
            return phrase_of(f"{self.owners[phrase.text]} {phrase.text}") or phrase
        if first in {"his", "her", "its", "their"} and len(phrase.tokens) > 1:
            return self._resolve_possessive(phrase)
        return phrase

    def _resolve_possessive(self, phrase: NounPhrase) -> NounPhrase:
        """ "her birthday" -> "my mother's birthday"."""
        owner = self.antecedent(phrase.first)
        if owner is None:
            return phrase
        words = [*owner.tokens[:-1], Token(owner.tokens[-1].text + "'s"), *phrase.tokens[1:]]
        built = noun_phrase([Token("x"), *words], 1)
        if built is None:
            return phrase
        return replace(built, items=phrase.items and (built,), head=phrase.head)


def _own(phrase: NounPhrase, subject: NounPhrase) -> bool:
    """Whether "her family" is that of the subject, which the clause says already."""
    kind = _PRONOUNS.get(phrase.first, "")
    if len(phrase.tokens) < 2 or kind not in {"he", "she", "they"} or subject.pronoun:
        return False
    lively = is_person(subject.head) or (bool(subject.names) and not subject.items)
    return lively and _fits(subject, kind)


def _fits(phrase: NounPhrase, kind: str) -> bool:
    """Whether number and gender of a phrase allow the pronoun."""
    head, plural = w.noun_lemma(phrase.head), w.is_plural(phrase.head)
    if kind == "they":
        return plural
    return not plural and head not in (_FEMALE if kind == "he" else _MALE)


def _theirs(phrase: NounPhrase) -> bool:
    """Whether a phrase names somebody of the user's."""
    return phrase.first in {"my", "our"} or not phrase.tokens[0].determiner


def _stranger(phrase: NounPhrase, subject: bool) -> bool:
    """Somebody who is not said to be the user's, but whom "he" or "she" may mean."""
    if phrase.pronoun or phrase.items or w.is_plural(phrase.head):
        return False
    if is_person(phrase.head):
        return phrase.first in {"the", "a", "an"} or bool(phrase.names)
    titled = phrase.tokens[0].text in _TITLES
    named = bool(phrase.names) and phrase.text == phrase.names[0] and not categories(phrase.text)
    return titled or (subject and named)


def _owned_by_other(phrase: NounPhrase) -> bool:
    """ "Peter's birthday", "my sister's wedding"."""
    return any(token.text.endswith("'s") for token in phrase.tokens)


def _close_one(phrase: NounPhrase) -> bool:
    """ "my best friend": whoever is that is one of the user's people."""
    return phrase.first in {"my", "our"} and is_person(phrase.head) and not phrase.names


def _close(phrase: NounPhrase) -> bool:
    """ "The missus", "mum": one's own people without "my"."""
    words = [token.low for token in phrase.tokens]
    if phrase.items or not words:
        return False
    if words[0] in {"new", "old"} and len(words) == 3 and phrase.names:
        return words[1] in _BARE
    if words[0] == "the" and len(words) > 1:
        at = next((k for k, word in enumerate(words) if word in _CLOSE), 0)
        described = all(token.adjective for token in phrase.tokens[1:at])
        named = all(token.name for token in phrase.tokens[at + 1 :])
        return at > 0 and described and named
    if words[0].removesuffix("'s") in _BARE and words[0].endswith("'s"):
        return len(words) == 2  # "mum's birthday"
    return words[0] in _BARE and (len(words) == 1 or (len(words) == 2 and bool(phrase.names)))
