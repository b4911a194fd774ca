"""Questions into lessons: frames of address, and whole forms kept back for the exam."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle

from sleep.memory import Lesson
from sleep.recall import person
from sleep.recall.asking import Ask, unsaid
from sleep.recall.candidates import Candidate
from sleep.recall.english import word_set
from sleep.recall.reword import reworded
from sleep.recall.words import GRAMMAR_WORDS

TRAIN_AT_MOST = 32
EXAM_AT_MOST = 3
PLAINEST = 10  # asks that come first and are trained, whatever form they share
INDIRECT = 4
PLENTY = 16  # with fewer lessons than this, more of them are indirect
_FRAMES = (
    "do you remember {}", "can you tell me {}", "do you know {}", "tell me {}", "remind me {}",
    "I forgot {}", "could you remind me {}", "do you still know {}", "can you recall {}",
    "I have forgotten {}", "could you tell me {}", "do you happen to know {}", "please tell me {}",
)  # fmt: skip
_OPENINGS = frozenset(
    {"what is", "what does", "where does", "where is", "who is", "when is", "when does", "how does"}
)
_FEMALE = word_set("female")
_MALE = word_set("male")
_STATEMENTS = ("Tell me", "Remind me", "I forgot", "I have forgotten", "Please tell me")
_AWKWARD = frozenset(
    {"bare", "name?", "said-subject", "fronted", "number", "how-much-time", "told"}
)


def lessons(candidate: Candidate, rng: random.Random) -> tuple[Lesson, ...]:
    """Training and exam lessons of one candidate.

    A form is a set of content words (the subject's own names aside), so a mere prefix or another
    name for the same person is no new form. Whole forms go to one side. The exam gets at most three
    and never the plainest one, which must be trained.
    """
    own = _own_words(candidate)
    groups = _forms(candidate.asks, own)
    if not groups:
        return ()
    exam_forms = _held_out(groups, rng)
    train = {form: asks for form, asks in groups.items() if form not in exam_forms}
    every = _interleaved(list(train.values()))
    first = [ask for ask in candidate.asks[:PLAINEST] if ask in every]
    rounds = [*first, *(ask for ask in every if ask not in first)]
    topics = _topics(candidate)
    wanted = max(INDIRECT + 2, PLENTY - len(rounds) - len(topics))
    framed = _framed(rounds, candidate.text, wanted, rng)
    framed[1:1] = _reshaped(candidate, rounds)
    exchanged = [ask for ask in _exchanged(candidate, own, exam_forms, rng) if ask not in rounds]
    room = TRAIN_AT_MOST - len(topics) - min(INDIRECT, len(framed))
    chosen = [_lesson(ask, candidate.text, "train") for ask in [*rounds, *exchanged][:room]]
    chosen += framed[: TRAIN_AT_MOST - len(topics) - len(chosen)]
    chosen += topics
    taken = {lesson.question.lower() for lesson in chosen}
    exam = [_lesson(groups[form][0], candidate.text, "exam") for form in exam_forms]
    return tuple(_unique([*chosen, *(one for one in exam if one.question.lower() not in taken)]))


def correction_lessons(candidate: Candidate, old: Sequence[str]) -> tuple[Lesson, ...]:
    """Asked with the old value, the answer is the new statement."""
    found = []
    for word in old[:2]:
        if not candidate.naming:
            continue
        owner = candidate.owner
        question = f"is my name {word}" if owner == "I" else f"is {owner} called {word}"
        text = person.question(question)
        found.append(Lesson(text, candidate.text, candidate.answer, "correction", "train"))
    return tuple(found)


def sensible(question: str) -> bool:
    """Whether a built question is short and whole enough to be asked."""
    words = question.split()
    if re.fullmatch(r"when (?:am|was) I", question):
        return False
    if not 2 <= len(words) <= 16 or '"' in question.replace('"', "", 2):
        return False
    if re.search(r"\b(\w+) \1\b|\b(?:they|he|she|it|you)'s\b", question, re.IGNORECASE):
        return False
    if re.search(r"\b(?<!is )(it|this|them|there|these|those|here)\b", question):
        return False
    return not re.search(
        r"\b(and|or|but|a|the|,)$| [/&+-] | (?:do|did|doing|is|for) that\b(?! I)", question
    )


def _own_words(candidate: Candidate) -> set[str]:
    """The words that name whose fact it is."""
    names = candidate.told.phrase.names if candidate.told is not None else ()
    return set(re.findall(r"[\w']+", " ".join([candidate.owner, *names]).lower()))


def _forms(asks: Sequence[Ask], own: set[str]) -> dict[str, list[Ask]]:
    """Asks by form, in the order they were built."""
    groups: dict[str, list[Ask]] = {}
    seen: set[str] = set()
    for ask in asks:
        key = person.question(ask.direct).lower()
        if not key or key in seen or not sensible(ask.direct):
            continue
        seen.add(key)
        groups.setdefault(_signature(key, own), []).append(ask)
    return groups


def _exchanged(
    candidate: Candidate, own: set[str], exam_forms: Sequence[str], rng: random.Random
) -> list[Ask]:
    """The asks with words exchanged, for the room that plainer ones leave, in no form of the exam.

    They draw from chance of their own: a new pair of words changes no other question of a fact.
    """
    names = candidate.told.phrase.names if candidate.told is not None else ()
    apart = random.Random(rng.random())
    found = _forms(reworded(candidate.asks, [*names, *candidate.answer], apart), own)
    return [ask for form, asks in found.items() if form not in exam_forms for ask in asks]


def _signature(question: str, own: set[str]) -> str:
    words = [word.removesuffix("'s") for word in re.findall(r"[\w']+", question.lower())]
    content = [w for w in words if w not in GRAMMAR_WORDS | {"say", "tell"} and w not in own]
    wh = next((word for word in words if word in {"who", "where", "when", "how"}), "what")
    return " ".join([wh, *sorted(content)])


def _held_out(groups: dict[str, list[Ask]], rng: random.Random) -> list[str]:
    """Which forms the exam keeps: a few natural ones of different kinds, never the first."""
    count = min(EXAM_AT_MOST, max(0, (len(groups) - 1) // 2))
    by_kind: dict[str, list[str]] = {}
    for form in list(groups)[1:]:
        first = groups[form][0]
        if first.form not in _AWKWARD:
            by_kind.setdefault(first.kind, []).append(form)
    chosen: list[str] = []
    while len(chosen) < count and any(by_kind.values()):
        for forms in by_kind.values():
            if forms and len(chosen) < count:
                chosen.append(forms.pop(rng.randrange(len(forms))))
    return chosen


def _interleaved(groups: Sequence[Sequence[Ask]]) -> list[Ask]:
    """First one ask of every form, then the second ones, and so on.

    The forms take turns in which of their asks comes first: "my sister", "Hanna", both.
    """
    groups = [
        [*group[k % len(group) :], *group[: k % len(group)]] for k, group in enumerate(groups)
    ]
    longest = max((len(group) for group in groups), default=0)
    return [group[k] for k in range(longest) for group in groups if k < len(group)]


def _framed(asks: Sequence[Ask], answer: str, count: int, rng: random.Random) -> list[Lesson]:
    """Indirect questions: "Do you remember where ...?", "Where did I say ...?"."""
    frames = list(_FRAMES)
    rng.shuffle(frames)
    out: list[Lesson] = []
    usable = [ask for ask in asks if ask.embedded]
    if not usable and len(asks) >= INDIRECT:
        usable = [replace(ask, embedded=f", {ask.direct}") for ask in asks]
    said = next((ask for ask in asks if ask.said and sensible(ask.said)), None)
    for frame, ask in zip(frames[:count], cycle(usable), strict=False):
        if ask.embedded.startswith("the ") and "remind me" in frame:
            frame = frame.replace("remind me", "remind me of")
        text = person.question(frame.format(ask.embedded).replace(" ,", ","))
        if text.startswith(_STATEMENTS):
            text = text[:-1] + "."
        out.append(Lesson(text, answer, ask.expect, "indirect", "train"))
    if said is not None:
        out.insert(1, Lesson(person.question(said.said), answer, said.expect, "indirect", "train"))
    return out


def _reshaped(candidate: Candidate, asks: Sequence[Ask]) -> list[Lesson]:
    """ "What was it again that ...?", and "My sister, where does she live?"."""
    found: list[Lesson] = []
    for make in (_cleft, lambda ask: _fronted(ask, candidate.owner)):
        made = next(((ask, text) for ask in asks if (text := make(ask))), None)
        if made is not None:
            ask, text = made
            text = person.question(text)
            found.append(Lesson(text, candidate.text, ask.expect, "indirect", "train"))
    return found


def _cleft(ask: Ask) -> str:
    match = re.fullmatch(
        r"(what|where) ((?:I|my \w+|[A-Z]\w+) .*)(?<! is| am)(?<! are)", ask.embedded
    )
    return f"{match.group(1)} was it again that {match.group(2)}" if match else ""


def _fronted(ask: Ask, owner: str) -> str:
    if owner == "I" or ask.direct.count(owner) != 1 or ask.kind in {"subject", "reverse"}:
        return ""
    wh, _, rest = ask.direct.partition(f" {owner}")
    if rest.startswith("'s") or wh not in _OPENINGS:
        return ""
    head = owner.split()[-1].lower()
    pronoun = "she" if head in _FEMALE else "he" if head in _MALE else ""
    if ask.direct == f"what is {owner}":
        pronoun = "it"
    return f"{owner}, {wh} {pronoun}{rest}" if pronoun else ""


def _topics(candidate: Candidate) -> list[Lesson]:
    """ "What did I tell you about ...?"; also where that is all there is to tell, which no exam may
    ask, but which joins the word to the fact."""
    if not candidate.topic:
        return []
    whole = tuple(word for word in candidate.answer if word.lower() == candidate.topic.lower())
    questions = [f"what did I tell you about {candidate.topic}"]
    if candidate.owner != "I":
        questions.append(f"what do you know about {candidate.topic}")
    return [
        Lesson(person.question(text), candidate.text, words, "topic", "train")
        for text in questions
        if sensible(text) and (words := unsaid(text, candidate.answer) or whole)
    ]


def _lesson(ask: Ask, answer: str, split: str) -> Lesson:
    return Lesson(person.question(ask.direct), answer, ask.expect, ask.kind, split)


def _unique(found: Sequence[Lesson]) -> list[Lesson]:
    return list({lesson.question.lower(): lesson for lesson in reversed(found)}.values())[::-1]
