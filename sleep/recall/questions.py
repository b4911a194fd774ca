"""Wh-movement: for every complement of a telling, the questions it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sleep.recall import words as w
from sleep.recall.asking import Ask, ask, embedded, fixed, inverted
from sleep.recall.english import word_set
from sleep.recall.lexicon import ASK_WITH, SYNONYMS, categories, is_person
from sleep.recall.measures import Measure, asked_with, is_when, measure
from sleep.recall.nouns import answer_words, class_nouns, kind_of, wh_words
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling, with_verb
from sleep.recall.tokens import Token

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
_OF_THE_NOUN = frozenset({"to", "of", "about"})
_FRONTED = frozenset({"in", "on", "at", "about", "for", "with", "to", "from", "by"})
_AMOUNTS = frozenset(
    {"minute", "hour", "day", "week", "month", "year", "night", "decade", "second"}
)
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


def polar(told: Telling) -> list[Ask]:
    """Yes-or-no questions, which every telling answers: "Do I live in Oslo?"."""
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    words = tuple(word for phrase in phrases for word in answer_words(phrase))
    words = words or tuple(chunk.head for chunk in told.chunks[:1])
    if told.negated or not words:
        return []
    chunks = [chunk for chunk in told.chunks if chunk.kind != "clause"]
    statement = embedded(told, "", chunks)
    return [
        fixed("polar", inverted(told, "", chunks), words, "polar"),
        fixed("true", f"is it true that {statement}", words, "polar"),
    ]


def _rests(before: list[Chunk], after: list[Chunk]) -> list[list[Chunk]]:
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


def _noun_site(told: Telling, index: int, phrase: NounPhrase) -> Iterator[Ask]:
    prep = told.chunks[index - 1] if index and told.chunks[index - 1].kind == "prep" else None
    before = list(told.chunks[: index - 1 if prep else index])
    after = list(told.chunks[index + 1 :])
    if any(chunk.kind == "other" for chunk in (*before, *after)):
        return
    expect = answer_words(phrase)
    owned = index > 1 and told.chunks[index - 2].kind == "np"
    apart = prep is not None and prep.head == "with" and owned and not is_person(phrase.head)
    if apart and told.lemma not in _WITH_VERBS:
        return  # "a place with fresh air": it belongs to the noun
    if not expect or (prep and prep.head in _SKIPPED_PREPS and (owned or prep.head != "of")):
        return
    if any(chunk.kind == "cc" for chunk in before) or (
        prep and prep.head in {"after", "before", "while"}
    ):
        return
    previous = told.chunks[index - 1] if index else None
    if prep is None and previous is not None and previous.phrase is not None:
        if _rate(previous.phrase, phrase):
            return  # "720 | a month"
        if "colour" in categories(phrase.text):
            yield ask(told, "how", "how", before, expect)  # "I drink my coffee | black"
            return
    if prep and prep.head == "for" and told.copula and told.me and measure(phrase) is None:
        return
    if turning(told) and index == 0:
        return  # "What did she turn?": frames ask for the age
    full = [*before, *after]
    amount = _amount(told, phrase, prep, full, expect)
    if amount:
        yield from amount
        return
    if told.copula and not prep and index == 0:
        yield from _copula_site(told, phrase, after, expect)
        return
    if told.lemma == "spend" and phrase.head.endswith("ing"):
        yield ask(told, "spend", "what", [*full, Chunk("verb", "doing", "do")], expect)
        return
    if phrase.gerund and prep is None and told.lemma in LIKING:
        yield ask(told, "doing", "what", [*before, Chunk("verb", "doing", "do")], expect)
    rests = _rests(before, after)
    for number, (wh, form) in enumerate(wh_words(phrase, prep)):
        wh = "what" if wh == "who" and told.lemma == "be" and prep is None else wh
        stranded = [prep] if prep and not form.startswith("where") else []
        kind = "which" if form.startswith("which") else "direct"
        for rest in rests if number == 0 else rests[:2]:
            if not (stranded and any(chunk.kind == "prep" for chunk in rest)):
                yield ask(told, form, wh, [*rest, *stranded], expect, kind)
    if (
        prep
        and prep.head in _FRONTED
        and not (is_person(phrase.head) or is_when(phrase, prep.head))
    ):
        head = next(iter(class_nouns(phrase)), "")
        if head:
            yield ask(told, "fronted", f"{prep.text} which {head}", rests[0], expect, "which")
    yield from _name_of(told, phrase, prep, before, after, expect)
    yield from _one_by_one(told, phrase, [*rests[0], *([prep] if prep else [])])


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


def _amount(
    told: Telling,
    phrase: NounPhrase,
    prep: Chunk | None,
    rest: Sequence[Chunk],
    expect: tuple[str, ...],
) -> list[Ask]:
    """How long, how often, how many, when: for phrases that measure or date."""
    head = w.noun_lemma(phrase.head)
    tokens = [token for token in phrase.tokens if token.word]
    text = phrase.text.lower()
    if not tokens:
        return []
    if tokens[0].low in {"every", "each"} and len(tokens) > 1 and not _AMOUNTS & {head}:
        return _recurring(told, tokens[1:], rest, (phrase.text, *_weekdays(tokens)))
    if head == "time" and tokens[0].number and prep is None:
        after = [chunk for chunk in rest if not (chunk.phrase and w.is_time(chunk.head))]
        return [
            ask(told, f"often-{k}", wh, after, (phrase.text,))
            for k, wh in enumerate(("how often", "how many times", "how regularly"))
        ]
    if tokens[0].low in {"every", "each"} or text in {"once a week", "twice a week"}:
        return [ask(told, "often", "how often", rest, (phrase.text,))]
    measured = measure(phrase)
    if measured is not None and (
        not told.copula or (prep is not None and measured.kind == "duration")
    ):
        return _measured(told, measured, phrase, prep, rest)
    vague = head in _AMOUNTS and tokens[0].low in {"a", "an", "several", "half", "many"}
    if vague and (prep is None or prep.head in {"for", "over"}):
        words = (" ".join(t.text for t in tokens if t.low not in {"at", "least", "about"}),)
        return [
            ask(told, "how-long", "how long", rest, words),
            ask(told, "how-much-time", "for how long", rest, words),
        ]
    if head in w.TIME_NOUNS | {"clock"} and prep is None and not told.copula:
        return []
    if (
        prep is None
        and tokens[0].number
        and len(tokens) > 1
        and not told.copula
        and w.is_plural(phrase.head)
    ):
        noun = phrase.head
        return [
            ask(told, "how-many", f"how many {noun}", rest, (tokens[0].text,)),
            ask(told, "number", f"what number of {noun}", rest, (tokens[0].text,)),
        ]
    return []


def _rate(amount: NounPhrase, per: NounPhrase) -> bool:
    """Whether "a month" after an amount says for how much time it counts."""
    counted = any(token.number for token in amount.tokens)
    return counted and per.first in {"a", "an", "per", "each", "every"} and w.is_time(per.head)


def _measured(
    told: Telling,
    measured: Measure,
    phrase: NounPhrase,
    prep: Chunk | None,
    rest: Sequence[Chunk],
) -> list[Ask]:
    """How long, how far, how much, how many kilometres."""
    if prep is not None and prep.head in {"in", "after", "before", "from", "within"}:
        return []
    lasting = measured.kind == "duration"
    past = [chunk for chunk in rest if chunk.text != "ago"]
    if lasting and len(past) < len(rest):
        ago = (f"{phrase.text} ago", measured.number)
        return [
            ask(told, f"ago-{k}", wh, kept, ago)
            for k, wh in enumerate(("when", "how long ago", f"how many {measured.unit} ago"))
            for kept in ([past, _rests(past, [])[0]] if k == 0 else [past])
        ]
    if lasting and told.lemma == "have":
        return []  # an age, which frames ask for
    stranded = [prep] if prep is not None and not lasting else []
    words = (measured.number, *answer_words(phrase)[:1])
    lean = _rests(list(rest), [])[0]
    return [
        ask(told, f"{measured.kind}-{k}", wh.format(unit=measured.unit), [*kept, *stranded], words)
        for k, wh in enumerate(asked_with(measured.kind))
        for kept in ([rest, lean] if k == 0 and lean != list(rest) else [lean if k % 2 else rest])
    ]


def _weekdays(tokens: Sequence[Token]) -> tuple[str, ...]:
    return tuple(token.text for token in tokens if "weekday" in categories(token.low))


def _recurring(
    told: Telling, tokens: Sequence[Token], rest: Sequence[Chunk], expect: tuple[str, ...]
) -> list[Ask]:
    """ "every Tuesday evening": when, on which day, on which evening."""
    lean = _rests(list(rest), [])[0]
    found = [ask(told, "when", "when", lean, expect)]
    part = tokens[-1].low
    if _weekdays(tokens):
        found += [
            ask(told, "day", "on which day", lean, expect, "which"),
            ask(told, "weekday", "on what day of the week", rest, expect, "which"),
        ]
    if "weekday" not in categories(part):
        found.append(ask(told, "part", f"on which {part}", rest, expect, "which"))
    return [*found, ask(told, "often", "how often", rest, expect)]


def _copula_site(
    told: Telling, phrase: NounPhrase, after: Sequence[Chunk], expect: tuple[str, ...]
) -> Iterator[Ask]:
    """My X is Y: "What is my X?", "Which Y ...?"; for people, what they are."""
    if told.human:
        return  # frames ask for jobs, ages and relations
    measured = measure(phrase)
    wh = asked_with(measured.kind)[0] if measured is not None else "what"
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
    if w.is_time(phrase.head):
        return
    heads = class_nouns(phrase)
    if not heads:
        return
    stranded = [prep] if prep else []
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
    governor = before[-1].head if before else told.lemma
    if governor == "go" and chunk.text.lower().endswith("ing"):
        yield from _going(told, index)
        return
    gap = Chunk("verb", "to do" if chunk.text.lower().startswith("to ") else "doing", "do")
    expect: list[str] = []
    for piece in inside:
        if piece.kind == "np" and piece.phrase is not None and not piece.phrase.pronoun:
            expect += answer_words(piece.phrase)
    expect = expect or [chunk.text.split()[-1], chunk.head]
    yield ask(told, "do", "what", [*before, gap], tuple(dict.fromkeys(expect)))


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
    if index == 0 and told.phrase.tokens[0].possessive and not told.human:
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
    if not words or (told.copula and (not told.human or told.chunks[0].text[:1].isdigit())):
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
