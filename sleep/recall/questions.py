"""Wh-movement: for every complement of a telling, the questions it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sleep.recall import words as w
from sleep.recall.amounts import amount_questions, is_per, is_rate
from sleep.recall.asking import Ask, ask, embedded, fixed, rests
from sleep.recall.english import word_set
from sleep.recall.lexicon import ASK_WITH, SYNONYMS, categories, is_person
from sleep.recall.measures import asked_with, hours, is_when, measure, time_kind
from sleep.recall.nouns import (
    answer_words,
    class_nouns,
    deed_words,
    kind_of,
    substance,
    wh_words,
)
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling, with_verb

LIKING = word_set("liking")
_WITH_VERBS = frozenset({"pair", "serve", "eat", "mix", "combine", "make", "play", "drink", "fill"})
_MUSICAL = frozenset(
    {
        "play",
        "learn",
        "practise",
        "practice",
        "have",
        "own",
        "buy",
        "get",
        "teach",
        "study",
        "master",
    }
)
_FRONTED = frozenset({"in", "on", "at", "about", "for", "with", "to", "from", "by"})
_GIVING = word_set("giving_verbs")
_DONE_AT_TIMES = frozenset(
    {"work", "open", "close", "start", "begin", "end", "expire", "finish", "leave", "arrive"}
)
_WITH_SOMEBODY = frozenset({"marry", "report", "belong", "talk", "speak", "relate", "listen"})
_TRADING = frozenset(
    {"be", "work", "have", "get", "become", "start", "leave", "quit", "lose", "want", "do",
     "change", "like", "love", "hate", "find", "teach", "learn", "train", "study", "hire"}
)  # fmt: skip
_TIMES = frozenset({"once", "twice"})
_SKIPPED_PREPS = frozenset({"of", "than", "like", "as", "despite", "because", "without"})


def questions(told: Telling) -> list[Ask]:
    """All questions about the complements of a telling, the most telling ones first."""
    found: list[Ask] = []
    for index, chunk in enumerate(told.chunks):
        if chunk.kind == "np" and chunk.phrase is not None and not chunk.phrase.pronoun:
            found += _noun_site(told, index, chunk.phrase)
        elif chunk.kind == "verb":
            found += _verb_site(told, index)
        elif chunk.kind == "adj" and told.copula:
            found += _adjective_site(told, index)
    if not told.me:
        found += _subject_site(told)
    return [one for one in found if not _misplaced(told, one.direct)]


def _misplaced(told: Telling, question: str) -> bool:
    """Whether the kind asked for is none for this verb: a keyboard that is used to type."""
    music = "instrument" in question and told.lemma not in _MUSICAL
    trade = re.search(r"\b(?:job|profession|occupation)\b", question) and told.lemma not in _TRADING
    stranded = question.endswith((" with", " for", " against", " to"))
    stood = told.lemma == "play" and question.startswith(("who ", "which person ")) and not stranded
    unplaced = told.lemma == "be" and len(told.chunks) > 1 and re.search(r"how .* been$", question)
    to_be = re.match(r"(?:which|what) \w+ .* to be$", question)
    if trade or stood or unplaced or to_be:
        return True  # "I play | point guard", "I have been | in Oslo | for a year"
    return music or ("sport" in question and told.lemma in {"listen", "read", "eat", "drink"})


def turning(told: Telling) -> NounPhrase | None:
    """The age in "turned seven" and "will be five", or None."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if phrase is None or not phrase.tokens[0].number or not (told.human or told.me):
        return None
    alone = len(phrase.tokens) == 1 or phrase.head in {"year", "years"}
    return (
        phrase
        if alone and (told.lemma in {"turn", "become"} or (told.helped and told.lemma == "be"))
        else None
    )


def _noun_site(told: Telling, index: int, phrase: NounPhrase) -> Iterator[Ask]:
    prep = told.chunks[index - 1] if index and told.chunks[index - 1].kind == "prep" else None
    before = list(told.chunks[: index - 1 if prep else index])
    after = list(told.chunks[index + 1 :])
    expect = answer_words(phrase)
    if not expect or _unasked(told, index, phrase, prep):
        return
    aim = told.chunks[index + 2].phrase if phrase.gerund and len(told.chunks) > index + 2 else None
    if aim is not None and aim.names and phrase.head == phrase.tokens[-1].low:
        expect = answer_words(aim)  # "about moving back | to | England"
    if _of_the_subject(told) and before:
        before = before[1:]  # "When is my flight?", not "When is my flight LO 3906?"
    previous = told.chunks[index - 1] if index else None
    if previous is not None and previous.phrase is not None and "colour" in categories(phrase.text):
        yield ask(told, "how", "how", before, expect)  # "I drink my coffee | black"
        return
    if previous is not None and previous.head in _TIMES and is_per(phrase):
        words = (f"{previous.text} {phrase.text}", previous.text)
        yield ask(told, "often", "how often", [*before[:-1], *after], words)
        return
    full = [*before, *after]
    amount = amount_questions(told, phrase, prep, full, expect)
    if amount:
        yield from amount
        inner = substance(phrase)
        if inner is None:
            return
        phrase = inner  # "20 mg | of citalopram"
    if told.copula and not prep and index == 0:
        yield from _copula_site(told, phrase, after, expect)
    elif told.lemma == "spend" and phrase.head.endswith("ing"):
        yield ask(told, "spend", "what", [*full, Chunk("verb", "doing", "do")], expect)
    elif _recipient(told, index, phrase):
        yield ask(told, "recipient", "who", [after[0], Chunk("prep", "to", "to")], expect)
    else:
        yield from _moved(told, phrase, prep, before, after, expect)


def _unasked(told: Telling, index: int, phrase: NounPhrase, prep: Chunk | None) -> bool:
    """Whether nobody asks for this phrase: it belongs to another, or frames ask for it."""
    before = told.chunks[: index - 1 if prep else index]
    low = phrase.text.lower()
    if low in {"one day", "some day"} or low.startswith("the rest of the "):
        return True
    if told.lemma == "think" and prep and index > 2:
        return True  # "I am thinking of opening a place | in | Dearborn"
    holder = before[-1].phrase if prep and before else None
    if prep and prep.head == "from" and holder is not None and is_person(holder.head):
        return True  # "sold it to a man | from | Tipperary"
    if index and told.chunks[index - 1].head in {"called", "named"}:
        return True  # "a man from Brazil | called | Caio"
    if told.lemma == "spend" and index == 0 and w.is_time(phrase.head):
        return True  # "every summer | in Visby"
    if prep and before and before[-1].kind == "prep":
        return True  # "out | of | the country"
    if prep and index > 2 and told.copula and not told.human and told.chunks[0].kind == "prep":
        return prep.head == "in" and not (phrase.names or is_when(phrase, "in"))  # "on X | in Y"
    if any(chunk.kind == "other" for chunk in (*before, *told.chunks[index + 1 :])):
        return True
    owned = index > 1 and told.chunks[index - 2].kind == "np"
    apart = prep is not None and prep.head == "with" and owned and not is_person(phrase.head)
    if apart and told.lemma not in _WITH_VERBS:
        return True  # "a place with fresh air": it belongs to the noun
    if prep and prep.head in _SKIPPED_PREPS and (owned or prep.head != "of"):
        return True
    if any(chunk.kind == "cc" for chunk in before) or (
        prep and prep.head in {"after", "before", "while"}
    ):
        return True
    previous = told.chunks[index - 1].phrase if index else None
    if prep is None and previous is not None and is_rate(previous, phrase):
        return True  # "720 | a month"
    if prep is None and index and _of_the_subject(told) and not is_when(phrase, ""):
        return True  # "my wedding is 12 May | 80 guests"
    if told.copula and prep and prep.head == "from" and previous is None and owned:
        of_noun = told.chunks[index - 2].phrase
        if is_when(phrase, "from") and not (of_noun and is_when(of_noun, "on")):
            return True  # "a boiler from 2016"
    lasting = any(chunk.phrase and _lasts(chunk.phrase) for chunk in before)
    if prep is None and lasting and is_when(phrase, ""):
        return True  # "for 11 years | this June"
    if prep and prep.head == "for" and told.copula and told.me and measure(phrase) is None:
        return True
    been = told.lemma == "be" and told.helped and (told.human or told.me)
    if been and index == 0 and not told.finite.startswith("will"):
        return True  # "I have been | a plumber": it is asked as "I am a plumber"
    return index == 0 and turning(told) is not None  # frames ask for the age


def _of_the_subject(told: Telling) -> bool:
    """Whether what else is said is said of the subject: "my flight is LO 3906 | on Friday"."""
    return told.copula and not (told.human or told.me) and told.chunks[0].kind == "np"


def _lasts(phrase: NounPhrase) -> bool:
    found = measure(phrase)
    return found is not None and found.kind == "duration"


def _recipient(told: Telling, index: int, phrase: NounPhrase) -> bool:
    """Whether it is who gets something: "I owe | Ola | 50 euros"."""
    following = told.chunks[1].phrase if len(told.chunks) > 1 else None
    given = index == 0 and told.lemma in _GIVING and following is not None
    somebody = is_person(phrase.head) or (bool(phrase.names) and phrase.text == phrase.names[0])
    return given and somebody and following is not None and not is_when(following, "")


def _moved(
    told: Telling,
    phrase: NounPhrase,
    prep: Chunk | None,
    before: list[Chunk],
    after: list[Chunk],
    expect: tuple[str, ...],
) -> Iterator[Ask]:
    """The phrase asked for with a wh-phrase of its kind."""
    if phrase.gerund and prep is None and told.lemma in LIKING:
        yield ask(told, "doing", "what", [*before, Chunk("verb", "doing", "do")], expect)
    kept = rests(before, after)
    for number, (wh, form) in enumerate(_wh(told, phrase, prep, before)):
        wh = "what" if wh == "who" and told.lemma == "be" and prep is None else wh
        placed = form.startswith("where") and not (form == "where" and prep and prep.head == "from")
        stranded = [prep] if prep and not placed else []
        kind = "which" if form.startswith("which") else "direct"
        for rest in kept if number == 0 else kept[:2]:
            if not (stranded and any(chunk.kind == "prep" for chunk in rest)):
                yield ask(told, form, wh, [*rest, *stranded], expect, kind)
    if (
        prep
        and prep.head in _FRONTED
        and not (is_person(phrase.head) or is_when(phrase, prep.head))
    ):
        head = next(iter(class_nouns(phrase)), "")
        if head:
            yield ask(told, "fronted", f"{prep.text} which {head}", kept[0], expect, "which")
    yield from _name_of(told, phrase, prep, before, after, expect)
    yield from _one_by_one(told, phrase, [*kept[0], *([prep] if prep else [])])


def _wh(
    told: Telling, phrase: NounPhrase, prep: Chunk | None, before: list[Chunk]
) -> list[tuple[str, str]]:
    """(wh-phrase, form) pairs; a bare time says when: "I work | Fridays", "9-5"."""
    weekly = phrase.head.endswith("days") and "weekday" in categories(phrase.head)
    later = bool(before) or told.lemma in _DONE_AT_TIMES or weekly
    timed = prep is None and not told.copula and later
    if timed and (hours(phrase.text) or is_when(phrase, "")):
        asked = asked_with(time_kind(phrase, "on")) or ["when"]
        return [(wh, f"where-{number}") for number, wh in enumerate(asked)]
    bound = prep is not None and prep.head == "to" and bool(before) and before[-1].kind == "adj"
    bound = bound or told.lemma in _WITH_SOMEBODY
    if bound and phrase.names and not categories(phrase.head):
        return [("who", "who")]  # "married | to Tomasz"
    return list(wh_words(phrase, prep))


def _one_by_one(told: Telling, phrase: NounPhrase, rest: Sequence[Chunk]) -> Iterator[Ask]:
    """For a list: each item by its own kind ("which editor", "what kind of keyboard")."""
    for number, item in enumerate(phrase.items):
        words = answer_words(item)
        kind = kind_of(item)
        if words and kind:
            described = [t.text for t in item.tokens if t.word and not t.determiner]
            whole = (" ".join(described), described[0])
            yield ask(told, f"kind-{number}", f"what kind of {kind}", rest, whole)
            yield ask(told, f"sort-{number}", f"which {kind}", rest, whole, "which")
        for noun in class_nouns(item)[:2] if words else []:
            yield ask(told, f"item-{number}", f"which {noun}", rest, words, "which")


def _copula_site(
    told: Telling, phrase: NounPhrase, after: Sequence[Chunk], expect: tuple[str, ...]
) -> Iterator[Ask]:
    """My X is Y: "What is my X?", "Which Y ...?"; for people, what they are."""
    if told.human:
        return  # frames ask for jobs, ages and relations
    measured = measure(phrase)
    wh = asked_with(measured.kind)[0] if measured is not None else "what"
    wh = wh.format(unit=measured.unit) if measured is not None else wh
    counted = measured is not None or phrase.text.isdigit()
    if "old" in phrase.text.split() or (counted and "animal" in categories(told.phrase.head)):
        return  # frames ask for ages
    yield ask(told, "what", wh, after, expect)
    subject = told.subject
    own = told.phrase.tokens[0].possessive
    if own and told.phrase.head not in {"name"}:
        yield fixed("own-name", f"what did I say {subject} {told.finite}", expect, embedded_as="")
    for number, head in enumerate(class_nouns(phrase)[:2]):
        same = {told.phrase.head, SYNONYMS.get(told.phrase.head, "")}
        if head not in same and SYNONYMS.get(head, "") not in same:
            yield ask(told, f"which-{number}", f"which {head}", after, expect, kind="which")


def _name_of(
    told: Telling,
    phrase: NounPhrase,
    prep: Chunk | None,
    before: Sequence[Chunk],
    after: Sequence[Chunk],
    expect: tuple[str, ...],
) -> Iterator[Ask]:
    """ "What is the name of the park I went to?" and "What was the film I saw called?"."""
    if before or phrase.items or phrase.gerund or not phrase.names or is_person(phrase.head):
        return
    if is_when(phrase, prep.head if prep else ""):
        return
    heads = class_nouns(phrase)
    if not heads:
        return
    stranded = [prep] if prep else []
    after = [] if prep and after and after[0].kind == "prep" else after
    relative = embedded(told, f"the {heads[0]}", [*stranded, *after])
    yield fixed(
        "name-of",
        f"what is the name of {relative}",
        expect,
        kind="name",
        embedded_as=f"the name of {relative}",
    )
    be = "are" if w.is_plural(heads[0]) else "is"
    yield fixed(
        "called",
        f"what {be} {relative} called",
        expect,
        kind="name",
        embedded_as=f"what {relative} {be} called",
    )


def _verb_site(told: Telling, index: int) -> Iterator[Ask]:
    """ "I plan to climb it": "What do I plan to do?"."""
    chunk = told.chunks[index]
    before, inside = list(told.chunks[:index]), told.chunks[index + 1 :]
    if before and before[-1].kind in {"cc", "wh"}:
        return
    if any(c.kind == "verb" for c in before) and before[-1].kind == "np":
        return  # "to find a film | to watch"
    if told.lemma in {"keep", "have"} and before and chunk.text.lower().endswith("ing"):
        return  # "I keep the roses | going", "I had a cat | growing up"
    governor = before[-1].head if before else told.lemma
    if governor == "go" and chunk.text.lower().endswith("ing"):
        yield from _going(told, index)
        return
    gap = Chunk("verb", "to do" if chunk.text.lower().startswith("to ") else "doing", "do")
    yield ask(told, "do", "what", [*before, gap], deed_words(chunk, inside))


def _going(told: Telling, index: int) -> Iterator[Ask]:
    """ "I went swimming at the pool": "What did I do at the pool?"."""
    if index:
        return
    doing = with_verb(told, "do")
    words = (told.chunks[0].text,)
    yield ask(doing, "do", "what", told.chunks[1:], words)
    yield ask(doing, "do", "what", [], words)
    for kind in categories(told.chunks[0].text)[:1]:
        for noun in ASK_WITH[kind]:
            yield ask(doing, "which", f"which {noun}", told.chunks[1:], words, "which")


def _adjective_site(told: Telling, index: int) -> Iterator[Ask]:
    """An adjective alone; what it governs is asked as a noun site."""
    if told.chunks[index].head == "due":
        return  # when it is
    opened = index > 0 and all(chunk.kind == "adv" for chunk in told.chunks[:index])
    if opened and told.phrase.tokens[0].possessive and not told.human:
        how = f"how {told.finite} {told.subject}"
        yield fixed("how", how, (told.chunks[index].text,), "direct", f"how {told.subject} is")
    elif index == 0 and told.phrase.tokens[0].possessive and not told.human:
        yield ask(told, "what", "what", told.chunks[1:], (told.chunks[0].text,))
    elif index == 0 and not told.me and len(told.chunks) == 1:
        yield fixed(
            "what-like",
            f"what did I tell you about {told.subject}",
            (told.chunks[0].text.split()[-1],),
            kind="topic",
        )


def _subject_site(told: Telling) -> Iterator[Ask]:
    """ "Who works as a vet?"."""
    words = answer_words(told.phrase)
    if (
        told.phrase.pronoun
        or not words
        or (told.copula and (not told.human or told.chunks[0].text[:1].isdigit()))
    ):
        return
    wh = "who" if told.human else "what"
    finite = told.finite if not told.plural else _singular(told)
    parts = [
        wh,
        *told.before,
        finite,
        *told.between,
        told.main if told.helped else "",
        told.particle,
        told.rest,
    ]
    direct = " ".join(part for part in parts if part)
    if told.copula and told.phrase.head == "name":
        return
    yield fixed("subject", direct, words, kind="subject", embedded_as=direct)
    yield fixed("said-subject", direct.replace(wh, f"{wh} did I say", 1), words, kind="subject")


def _singular(told: Telling) -> str:
    if told.finite in {"are", "am"}:
        return "is"
    if told.finite in {"were"}:
        return "was"
    if told.finite == "have":
        return "has"
    return told.finite if told.past or told.helped else w.inflect(told.lemma, "VBZ")
