"""Names: who or what is called what, in the ways English says it, and the questions on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sleep.recall import person
from sleep.recall import words as w
from sleep.recall.asking import Ask, fixed
from sleep.recall.english import table, word_set
from sleep.recall.lexicon import categories, is_person
from sleep.recall.phrase_core import NAMING, NounPhrase
from sleep.recall.syntax import Chunk, Clause
from sleep.recall.tokens import Token, in_dictionary, join

_WORDINGS = table("frames")["naming"]
_SWEETHEARTS = frozenset({"boyfriend", "girlfriend", "partner", "fiancé", "fiancée"})
_MINE = frozenset({"my", "our"})
_SORTS = {name: frozenset(heads.split()) for name, heads in table("frames")["sorts"].items()}
_TRAITS = frozenset(word for entry in table("frames")["trait"] for word in entry["words"].split())
_NAMED_THINGS = word_set("named_things")
_FIRST_NAMES = word_set("first_names") | word_set("names_like_nationalities")
_SPOUSES = frozenset({"husband", "wife", "spouse"})
_PLACING = frozenset({"at", "in", "from", "on", "near", "of"})
_HAVING = word_set("acquiring_verbs")
_EVALUATIVE = word_set("evaluative")


@dataclass(frozen=True)
class Naming:
    """owner as the user says it ("my dog"; "I" for the user), and the name."""

    owner: str
    head: str
    name: str

    @property
    def statement(self) -> str:
        if self.owner == "I":
            return f"Your name is {self.name}."
        verb = "is called" if not self.owner.endswith(" name") else "is"
        return person.sentence(f"{person.to_assistant(self.owner)} {verb} {self.name}")


def bare(owner: str) -> str:
    """ "my dog" for "my little old dog": as people ask about whom they called so once."""
    first, *between, head = owner.split() if " " in owner else (owner, "")
    if not head or first not in {"my", "our"} or not (is_person(head) or _pet(head)):
        return owner
    kept = [word for word in between if word.lower() not in _EVALUATIVE]
    return " ".join([first, *kept, head])


def from_clause(clause: Clause) -> Naming | None:
    """A naming said as a clause: "my dog is called X", "my dog's name is X", "X is my dog"."""
    verb, subject = clause.verb, clause.subject
    if verb.negated or not clause.chunks:
        return None
    name = _name_of_chunks(clause)
    head_is_name = subject.tokens[-1].low in {"name", "nickname"}
    if verb.lemma == "be" and not verb.helped and name and head_is_name:
        return _by_name_noun(subject, name)
    if (
        verb.lemma in {"call", "name"}
        and verb.helped
        and verb.main.lower() in {"called", "named"}
        and name
    ):
        return (
            Naming(_lower(subject), subject.head, name) if _owned(subject) else _me(subject, name)
        )
    if verb.lemma == "be" and clause.chunks[0].kind == "naming" and name:
        return (
            Naming(_lower(subject), subject.head, name) if _owned(subject) else _me(subject, name)
        )
    if verb.lemma == "be" and not verb.helped and clause.chunks[0].phrase is not None:
        return _by_being(clause, clause.chunks[0].phrase)
    return None


def _by_being(clause: Clause, phrase: NounPhrase) -> Naming | None:
    """ "X is my dog", "my wife is X", "I'm X", "X is the name", "my player is a girl called X"."""
    subject, alone = clause.subject, len(clause.chunks) == 1
    trailing = all(c.kind in {"adv", "prep"} or _timed(c) for c in clause.chunks[1:])
    named = bool(subject.names) and subject.text == subject.names[0]
    if named and phrase.text.lower() in {"the name", "my name"}:
        return Naming("I", "i", subject.text)
    if _owned(subject) and phrase.named and (is_person(phrase.head) or _pet(subject.head)):
        return Naming(_lower(subject), subject.head, phrase.names[-1])
    if named and trailing and _owned(phrase) and not phrase.items:
        return Naming(phrase.text, phrase.head, subject.text)
    if _owned(subject) and _lively(subject) and _placed(clause, phrase):
        return Naming(_lower(subject), subject.head, phrase.text)
    aside = not alone and (clause.chunks[1].kind == "punct" or clause.chunks[1].head == "from")
    if alone or (aside and subject.first == "i"):
        if _owned(subject) and _lively(subject) and _bare_name(phrase):
            return Naming(_lower(subject), subject.head, phrase.text)
        if (
            subject.first == "i"
            and phrase.names
            and phrase.text == phrase.names[0]
            and phrase.tokens[0].name
            and not _nationality(phrase)
        ):
            return Naming("I", "i", phrase.text)
    return None


def _placed(clause: Clause, phrase: NounPhrase) -> bool:
    """ "My GP is Dr. Amadi at the clinic": a name, then where."""
    unlisted = not all(in_dictionary(token.low.rstrip(".")) for token in phrase.tokens)
    where = clause.chunks[1] if len(clause.chunks) > 2 else None
    return where is not None and unlisted and _bare_name(phrase) and where.head in _PLACING


def _timed(chunk: Chunk) -> bool:
    return chunk.phrase is not None and w.is_time(chunk.phrase.head)


def from_phrase(phrase: NounPhrase) -> list[Naming]:
    """Namings in passing: "my sister Hanna and her son Ole", "a dog named Rex" (of the user's)."""
    found: list[Naming] = []
    theirs = ""  # whose "her" is
    for item in phrase.items or (phrase,):
        naming = _in_passing(item, theirs)
        if naming is not None:
            found.append(naming)
        if item.tokens[0].low in {"my", "our"} and is_person(item.head):
            plain = item.text.removesuffix(" ".join(item.names)).strip()
            theirs = f"{plain[0].lower()}{plain[1:]}'s"
    return found


def _in_passing(item: NounPhrase, theirs: str) -> Naming | None:
    if len(item.names) != 1 or not item.tokens[0].possessive or item.gerund:
        return None
    others = item.tokens[0].low in {"his", "her", "their"} and bool(theirs)
    if item.tokens[0].low not in {"my", "our"} and not (item.named or others):
        return None
    name, words = item.names[-1], item.tokens
    last = join([token.text for token in words]).replace('"', "")
    lively = item.named or is_person(item.head) or _pet(item.head)
    if "language" in categories(name):
        return None  # "I teach my son Arabic"
    if words[0].text.startswith(name) or not last.endswith(name) or not lively:
        return None
    cut = len(words)
    while cut and join([t.text for t in words[cut - 1 :]]).strip('"') != name:
        cut -= 1
    owner = [token.text for token in words[: cut - 1] if token.low not in {"called", "named"}]
    if len(owner) < 2:
        return None
    whole = join([theirs, *owner[1:]] if others else owner)
    return Naming(whole[0].lower() + whole[1:], item.head, name)


def from_aside(tokens: Sequence[Token], phrase: NounPhrase) -> Naming | None:
    """ "My best friend, Hannah, ...": a name between commas, but not one of a list."""
    end = phrase.end
    while end < len(tokens) and end < phrase.end + 3 and tokens[end].text != ",":
        end += 1  # "my best friend since school, Hannah,"
    inner = phrase.end == end or (phrase.end < len(tokens) and tokens[phrase.end].preposition)
    inner = inner and end < len(tokens) and tokens[end].text == ","
    named = _lively(phrase) or (phrase.head in _NAMED_THINGS and not phrase.names)
    if not inner or not named or w.is_plural(phrase.head):
        return None
    stop = end + 1
    while stop < len(tokens) and tokens[stop].name and not tokens[stop].possessive:
        stop += 1
    ahead = [token.low for token in tokens[stop : stop + 2]] + ["", ""]
    closed = ahead[0] in {"", "."} or (ahead[0] == "," and ahead[1] not in {"and", "or", "&"})
    if stop == end + 1 or stop > end + 3 or not closed:
        return None
    following = tokens[stop + 1] if stop + 1 < len(tokens) else Token("")
    if following.name:
        return None  # a list of names
    return Naming(_lower(phrase), phrase.head, join([t.text for t in tokens[end + 1 : stop]]))


def from_having(clause: Clause) -> list[Naming]:
    """ "I have a cat named Miso and two brothers, Max and Leo": names of what the user has."""
    if (
        clause.verb.lemma not in _HAVING
        or clause.subject.first not in {"i", "we"}
        or clause.verb.negated
    ):
        return []
    found = []
    for chunk in clause.chunks[:1]:
        phrase = chunk.phrase
        for item in (phrase.items or (phrase,)) if phrase is not None else ():
            if item.named and item.names and item.first in {"a", "an", "one"}:
                words = [token.text for token in item.tokens]
                cut = next((k for k, word in enumerate(words) if word.lower() in NAMING), 0)
                if cut > 1:
                    found.append(Naming("my " + join(words[1:cut]), item.head, item.names[-1]))
    return found


def _pet(head: str) -> bool:
    return "animal" in categories(head)


def _lively(phrase: NounPhrase) -> bool:
    described = all(_kind_of_one(name.lower()) for name in phrase.names)
    return described and (is_person(phrase.head) or _pet(phrase.head))


def _kind_of_one(low: str) -> bool:
    """ "English" of "my English teacher", which names nobody."""
    return bool(w.lemmas(low, "ADJ")) or low.endswith(("ian", "ish", "ese", "ench", "utch", "man"))


def _bare_name(phrase: NounPhrase) -> bool:
    """ "Berit" of "my wife is Berit", but not "Danish" or "Catholic"."""
    alone = len(phrase.tokens) <= 2 and all(token.name for token in phrase.tokens)
    word = phrase.text.lower()
    return alone and not (categories(word) or w.lemmas(word, "ADJ") or _nationality(phrase))


def _nationality(phrase: NounPhrase) -> bool:
    low = phrase.text.lower()
    if low in _FIRST_NAMES:
        return False
    if low in _TRAITS or categories(low):
        return True
    return low.endswith(("an", "ish", "ese")) and " " not in low


def _name_of_chunks(clause: Clause) -> str:
    only = clause.chunks[0]
    if clause.subject.tokens[-1].low == "name" and only.kind in {"other", "adj", "verb"}:
        return only.text[0].upper() + only.text[1:] if len(clause.chunks) == 1 else ""
    phrases = [chunk.phrase for chunk in clause.chunks if chunk.phrase is not None]
    if not phrases or phrases[0] is None:
        return ""
    phrase = phrases[0]
    if clause.chunks[0].kind not in {"np", "naming"} or phrase.pronoun or phrase.items:
        return ""
    if phrase.names:
        return phrase.names[0]
    if (
        len(phrase.tokens) <= 2
        and not phrase.tokens[0].determiner
        and (
            clause.verb.lemma in {"call", "name"}
            or clause.chunks[0].kind == "naming"
            or clause.subject.head in {"name"}
        )
    ):
        return phrase.text[0].upper() + phrase.text[1:]
    return ""


def _owned(phrase: NounPhrase) -> bool:
    return (phrase.tokens[0].possessive and phrase.tokens[0].low in {"my", "our"}) or (
        phrase.tokens[0].possessive and len(phrase.tokens) > 1
    )


def _lower(phrase: NounPhrase) -> str:
    return phrase.text[0].lower() + phrase.text[1:] if not phrase.tokens[0].name else phrase.text


def _me(phrase: NounPhrase, name: str) -> Naming | None:
    return Naming("I", "i", name) if phrase.first == "i" else None


def _by_name_noun(subject: NounPhrase, name: str) -> Naming | None:
    """ "my name" is mine; "my dog's name" and "the name of my dog" are the dog's."""
    words = subject.tokens
    named = name[0].isupper() and words[0].low == "the"
    if (words[0].low in {"my", "our"} or named) and len(words) == 2:
        return Naming("I", "i", name)
    if len(words) >= 3 and words[-2].possessive and words[-2].text.endswith(("'s", "s'")):
        owner = join([token.text for token in words[:-1]])
        owner = owner[:-2] if owner.endswith("'s") else owner[:-1]
        if words[0].low == "the" and _pet(owner.split()[-1]):
            owner = f"my {owner.split(' ', 1)[-1]}"
        return Naming(owner[0].lower() + owner[1:], owner.split()[-1].lower(), name)
    if words[0].low in {"my", "our"}:
        owner = join([token.text for token in words])
        return Naming(owner[0].lower() + owner[1:], words[-1].low, name)
    return None


def naming_questions(naming: Naming) -> list[Ask]:
    """Both directions: what is it called, and who is that."""
    name = (naming.name,)
    if naming.owner == "I":
        asks = [_ask(form, wording, "", name, "name") for form, wording in _WORDINGS["me"].items()]
        return asks + _surname("me-family", "", naming.name)
    if naming.owner.endswith(" name"):
        return _worded("attribute", naming.owner, name, "name")
    head = (naming.owner.split()[-1],)
    lively = is_person(head[0]) or _pet(head[0]) or not in_dictionary(head[0])
    back = [
        ask
        for ask in _worded("reverse", naming.name, head, "reverse")
        if lively or not ask.direct.startswith("who ")  # nobody asks who a restaurant is
    ]
    if "relative" in categories(head[0]):
        back += _worded("relative", naming.name, head, "reverse")
    further = [
        ask for sort in _sorts(naming.owner) for ask in _worded(sort, naming.owner, name, "name")
    ]
    plain = _worded("owner", naming.owner, name, "name")
    further += _surname("family", naming.owner, naming.name) if is_person(head[0]) else []
    rounds = zip_longest(plain, further[::-1], back)
    return [ask for asks in rounds for ask in asks if ask is not None]


def _surname(table_name: str, slot: str, name: str) -> list[Ask]:
    """Questions for the family name in a full name."""
    words = [word for word in name.split() if not word.endswith(".")]
    return _worded(table_name, slot, (words[-1], name), "name") if len(words) > 1 else []


def _worded(table_name: str, slot: str, expect: tuple[str, ...], kind: str) -> list[Ask]:
    wordings = _WORDINGS[table_name].items()
    return [_ask(form, wording, slot, expect, kind) for form, wording in wordings]


def _sorts(owner: str) -> list[str]:
    """Which further wordings fit whoever bears the name."""
    head = owner.split()[-1]
    found = ["person"] if is_person(head) else ["pet"] if _pet(head) else []
    mine = owner.lower().split()
    own = mine[0] in _MINE and not any(word.endswith(("'s", "s'")) for word in mine)
    found += [sort for sort, heads in _SORTS.items() if head in heads and own]
    if "chief" in found and not all(word == "line" or w.lemmas(word, "ADJ") for word in mine[1:-1]):
        found.remove("chief")  # a password manager
    if len(mine) == 2 and head in _SPOUSES and mine[0] in {"my", "our"}:
        found.append("spouse")
    if len(mine) == 2 and head in _SWEETHEARTS and mine[0] in {"my", "our"}:
        found.append("sweetheart")
    if mine[1:] in (["best", "friend"], ["best", "mate"]):
        found.append("friend")
    return found


def _ask(form: str, wording: list[str], slot: str, expect: tuple[str, ...], kind: str) -> Ask:
    direct, embedded = (text.replace("X", slot) for text in wording)
    return fixed(form, direct, expect, kind, embedded)
