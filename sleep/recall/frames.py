"""Semantic frames: what people also ask about living, working, liking, owning, being called.

Each frame belongs to a common English verb, not to any person: it says in which other words the
same thing is asked ("work as a vet": "What is my job?"). Templates know S (subject), MY (its
possessive), DO, AM and HAVE (agreeing forms); the answer is always the fact's own statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sleep.recall import words as w
from sleep.recall.asking import Ask, fixed, possessive
from sleep.recall.english import table
from sleep.recall.lexicon import categories, is_person
from sleep.recall.nouns import answer_words
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.questions import LIKING, questions, turning
from sleep.recall.telling import Telling, with_verb


# (verb lemmas, preposition or "" for the bare object, "*" for any) -> templates
def _asks(name: str) -> tuple[str, ...]:
    return tuple(table("frames")[name]["asks"])


@dataclass(frozen=True)
class _Frame:
    """One entry of the table. kind, besides: categories that the asked noun must (not) have.

    plan: only for what is going on or to come. present: not for what is over.
    """

    verbs: frozenset[str]
    slot: str
    asks: tuple[str, ...]
    time: bool
    plan: bool
    present: bool
    kind: frozenset[str]
    besides: frozenset[str]

    def fits(self, told: Telling) -> bool:
        if told.lemma not in self.verbs or (self.present and told.past):
            return False
        ahead = told.helped and told.finite in {"am", "is", "are", "will"}
        return ahead or not self.plan

    def takes(self, phrase: NounPhrase) -> bool:
        found = {name.replace(" ", "_") for name in categories(phrase.head)}
        return (not self.kind or bool(found & self.kind)) and not found & self.besides


def _frame(entry: dict[str, Any]) -> _Frame:
    return _Frame(
        verbs=frozenset(entry["verbs"].split()),
        slot=entry["slot"],
        asks=tuple(entry["asks"]),
        time=bool(entry.get("time")),
        plan=bool(entry.get("plan")),
        present=bool(entry.get("present")),
        kind=frozenset(entry.get("kind", "").split()),
        besides=frozenset(entry.get("besides", "").split()),
    )


_FRAMES = tuple(_frame(entry) for entry in table("frames")["frame"])
_HOBBY_QUESTIONS = _asks("hobby")
_TASTE_QUESTIONS = _asks("taste")
_DISLIKE_QUESTIONS = _asks("dislike")
_JOB_QUESTIONS = _asks("job")
_AGE_QUESTIONS = _asks("age")
_SEVERAL_QUESTIONS = _asks("several")
_TRAITS = {
    word: tuple(entry["asks"])
    for entry in table("frames")["trait"]
    for word in entry["words"].split()
}
_DISLIKING = frozenset({"hate", "dislike", "detest", "loathe"})
# Verbs that say nearly the same: the question may use either.
_SYNONYMS: dict[str, list[str]] = table("frames")["synonyms"]
_STATES = frozenset({"have", "play", "drive", "ride", "collect", "live", "work", "grow"})
_FOOD = frozenset({"dish", "food", "dessert", "fish", "vegetable", "fruit", "drink"})
_TAUGHT = frozenset({"language", "subject", "instrument"})
_SHOWS = frozenset({"film", "film genre", "music"})


def fill(template: str, told: Telling) -> str:
    """A template with the forms of this subject."""
    am = {"I": "am"}.get(told.subject, "are" if told.plural else "is")
    do = "do" if told.me or told.plural else "does"
    have = "have" if told.me or told.plural else "has"
    forms = {
        "MYSELF": "me" if told.me else told.subject,
        "S": told.subject,
        "MY": possessive(told.subject),
        "DO": do,
        "DID": "did",
        "AM": am,
        "HAVE": have,
    }
    text = re.sub(
        r"\b(MYSELF|MY|S|DO|DID|AM|HAVE)\b", lambda match: forms[match.group(0)], template
    )
    return re.sub(r"\bis I\b", "am I", text)


def templates(
    told: Telling, wordings: tuple[str, ...], expect: tuple[str, ...], kind: str = "frame"
) -> list[Ask]:
    """One ask for each wording, filled in for the subject of the telling."""
    return [
        fixed(
            f"frame:{template}",
            fill(template, told),
            expect,
            kind=kind,
            embedded_as=_embed(template, told),
        )
        for template in wordings
    ]


def _embed(template: str, told: Telling) -> str:
    """The template in statement order, where that is a matter of moving "is" or dropping "do"."""
    simple = re.fullmatch(r"(what|where|when) (is|are) (MY .+)", template)
    if simple:
        return fill(f"{simple.group(1)} {simple.group(3)} {simple.group(2)}", told)
    done = re.fullmatch(r"((?:what|where|which|who|how)\b.*?) DO S (\w+)(.*)", template)
    if done:
        verb = done.group(2) if told.me or told.plural else w.inflect(done.group(2), "VBZ")
        return fill(f"{done.group(1)} S {verb}{done.group(3)}", told)
    moved = re.fullmatch(r"(how old|what age) AM S", template)
    if moved:
        return fill(f"{moved.group(1)} S AM", told)
    return ""


def frame_questions(told: Telling) -> list[Ask]:
    """What the frames ask about a telling; empty when none fits."""
    if told.negated:
        return []
    found = _be_frames(told) if told.copula else []
    age = turning(told)
    if age is not None:
        found += templates(told, _AGE_QUESTIONS, (age.tokens[0].text,))
    first = told.chunks[0] if told.chunks else None
    for frame in _FRAMES:
        if not frame.fits(told) or (told.past and told.lemma in _STATES):
            continue
        phrase = _slot(told, frame.slot, frame.time)
        if phrase is not None and frame.takes(phrase):
            found += templates(told, frame.asks, answer_words(phrase))
    found += _several(told)
    if first is not None and told.lemma in LIKING | _DISLIKING and not told.past:
        found += _liking(told)
    return found


def _several(told: Telling) -> list[Ask]:
    """For "I have two sons, Max and Leo": what they are called."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if told.lemma != "have" or not told.me or phrase is None:
        return []
    head = next((t.low for t in phrase.tokens if w.is_plural(t.low) and is_person(t.low)), "")
    names = tuple(name for item in (phrase, *phrase.items) for name in item.names)
    if not head or len(set(names)) < 2:
        return []
    asks = tuple(ask.replace("N", head).replace("DO MY", "do MY") for ask in _SEVERAL_QUESTIONS)
    return templates(told, asks, tuple(dict.fromkeys(names)), kind="name")


def _slot(told: Telling, slot: str, timed: bool) -> NounPhrase | None:
    """The noun phrase after one of these prepositions (or adjectives), or the bare object."""
    for index, chunk in enumerate(told.chunks):
        if chunk.kind != "np" or chunk.phrase is None or chunk.phrase.pronoun:
            continue
        before = {earlier.head for earlier in told.chunks[max(0, index - 2) : index]}
        time = w.is_time(chunk.phrase.head) or chunk.phrase.head.isdigit()
        if (not slot and index == 0 and time == timed) or (
            before & set(slot.split()) and time == timed
        ):
            return chunk.phrase
    return None


def _liking(told: Telling) -> list[Ask]:
    expect: list[str] = []
    doing = False
    for chunk in told.chunks:
        if chunk.kind == "np" and chunk.phrase is not None and not chunk.phrase.pronoun:
            expect += answer_words(chunk.phrase)
            found = categories(
                chunk.phrase.items[0].head if chunk.phrase.items else chunk.phrase.head
            )
            doing = (
                doing
                or chunk.phrase.gerund
                or bool({"hobby", "sport", "ball game"} & set(found))
                or chunk.phrase.head.endswith("ing")
            )
        if chunk.kind == "verb":
            doing = True
            expect.append(chunk.head)
    if not expect:
        return []
    words = tuple(dict.fromkeys(expect))
    if told.lemma in _DISLIKING:
        return templates(told, _DISLIKE_QUESTIONS, words)
    return templates(told, _HOBBY_QUESTIONS if doing else _TASTE_QUESTIONS, words) + item_questions(
        told
    )


def item_questions(told: Telling) -> list[Ask]:
    """For lists of things liked: "Which instrument do I play?" for "playing piano"."""
    found: list[Ask] = []
    for chunk in told.chunks:
        if chunk.phrase is None:
            continue
        for item in chunk.phrase.items or (chunk.phrase,):
            target = item.tokens[-1].low if item.gerund else item.head
            for category in categories(target)[:1]:
                words = answer_words(item)
                noun = {
                    "ball game": "sport",
                    "film genre": "kind of films",
                    "music": "kind of music",
                }.get(category, category)
                verb = item.tokens[0].low if item.gerund and len(item.tokens) > 1 else ""
                if verb:
                    base = w.verb_lemma(verb)
                    found += [
                        fixed(
                            f"item:{noun}",
                            fill(f"which {noun} DO S {base}", told),
                            words,
                            kind="which",
                        ),
                        fixed(
                            f"item-ing:{noun}",
                            fill(f"what {noun} DO S {told.lemma} {verb}", told),
                            words,
                            kind="which",
                        ),
                    ]
                elif category in {"hobby", "sport", "ball game", "music", "film genre", "subject"}:
                    found.append(
                        fixed(
                            f"item:{noun}:{words[0] if words else ''}",
                            fill(f"which {noun} DO S {told.lemma}", told),
                            words,
                            kind="which",
                        )
                    )
    return found


def _be_frames(told: Telling) -> list[Ask]:
    first = told.chunks[0] if told.chunks else None
    if first is None or not told.human:
        return []
    if first.kind == "np" and first.phrase is not None:
        phrase = first.phrase
        found = categories(phrase.head)
        if "job" in found or (told.human and phrase.head.endswith(("ist", "eer", "ician"))):
            return templates(told, _JOB_QUESTIONS, answer_words(phrase))
        if phrase.tokens[0].number and (
            len(phrase.tokens) == 1 or "old" in told.rest or phrase.head in {"years", "year"}
        ):
            return templates(told, _AGE_QUESTIONS, (phrase.tokens[0].text,))
        if not is_person(phrase.head) and told.me:
            return templates(told, ("what AM S", "what did S say S AM"), answer_words(phrase))
        if is_person(phrase.head) and told.phrase.names:
            return templates(told, ("who is S",), answer_words(phrase), kind="reverse")
    trait = _TRAITS.get(first.head) if first.kind == "adj" else None
    if trait:
        return templates(told, trait, (first.head,))
    if first.kind == "adj" and told.me:
        return templates(told, ("what did S tell you about MYSELF",), (first.text,), kind="topic")
    return []


def synonym_questions(told: Telling) -> list[Ask]:
    """The same questions with another verb that says nearly the same."""
    found: list[Ask] = []
    object_categories = {
        name
        for chunk in told.chunks
        if chunk.phrase is not None
        for name in categories(chunk.phrase.head)
    }
    for lemma in _SYNONYMS.get(told.lemma, ()):
        if told.copula or told.particle or (told.chunks[:1] and told.chunks[0].kind == "verb"):
            continue
        if told.lemma in {"learn", "study"} and not object_categories & _TAUGHT:
            continue
        if {told.lemma, lemma} & {"cook", "prepare"} and not object_categories & _FOOD:
            continue
        if (
            told.lemma in {"see", "watch"}
            and not object_categories & _SHOWS
            and "film" not in told.rest
            and "movie" not in told.rest
        ):
            continue
        if not told.chunks or told.chunks[0].kind != "np":
            continue
        for asked in questions(with_verb(told, lemma))[:4]:
            found.append(
                Ask(
                    f"{lemma}/{asked.form}",
                    "frame",
                    asked.direct,
                    asked.embedded,
                    asked.said,
                    asked.expect,
                )
            )
    if (
        told.lemma in {"go", "travel"}
        and told.chunks
        and told.chunks[0].head == "to"
        and len(told.chunks) > 1
    ):
        from dataclasses import replace

        visiting = replace(with_verb(told, "visit"), chunks=told.chunks[1:])
        for asked in questions(visiting)[:4]:
            found.append(
                Ask(
                    f"visit/{asked.form}",
                    "frame",
                    asked.direct,
                    asked.embedded,
                    asked.said,
                    asked.expect,
                )
            )
    return found
