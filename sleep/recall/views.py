"""One telling seen as others that say the same: "be a vet at X" is to work there as a vet.

Each view is asked in its own wordings; the fact and its answer stay as they were told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sleep.recall import words as w
from sleep.recall.english import table, word_set
from sleep.recall.frames import job, plain_noun
from sleep.recall.lexicon import categories, is_person
from sleep.recall.measures import is_when, measure
from sleep.recall.ownership import reaction, wages
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.phrases import noun_phrase
from sleep.recall.questions import LIKING
from sleep.recall.syntax import Chunk
from sleep.recall.telling import Telling
from sleep.recall.tokens import tokenise

_CHANGING = word_set("changing_verbs")
_DEMANDING = frozenset({"want", "charge", "ask", "take", "demand", "get"})
_TAKING_UP = frozenset({"start", "begin", "get", "take", "land", "have", "find", "accept"})
_MIDDLE = frozenset({"halfway", "midway", "partway", "middle"})
# (adjective or noun, preposition) -> the verb that says the same.
_SAID_AS: dict[str, str] = table("relations")["said_as"]
_AGENTS: dict[str, str] = table("relations")["agents"]
_PARENTS = frozenset(
    {"mum", "mom", "mother", "dad", "father", "parent", "grandmother", "grandfather"}
)
_SHOWN = frozenset({"film", "series", "show", "season", "episode"})
_OF_LATE = frozenset({"in", "on", "at", "for", "by", "to", "until"})


def views(told: Telling) -> list[Telling]:
    """The telling first, then everything that it also says."""
    found = [told]
    for look in _LOOKS:
        found += look(told)
    return found


def _upset(told: Telling) -> Iterator[Telling]:
    """ "X brings me out in hives", "I get a rash from X" -> "I am allergic to X"."""
    if told.negated or told.past or not reaction(told):
        return
    cause = None if told.me else told.phrase
    if told.me and told.lemma == "get":
        cause = next(
            (
                chunk.phrase
                for before, chunk in zip(told.chunks, told.chunks[1:], strict=False)
                if before.head in {"from", "of"}
            ),
            None,
        )
    if cause is None or cause.pronoun or is_person(cause.head) or cause.tokens[0].possessive:
        return
    allergic = (
        Chunk("adj", "allergic", "allergic"),
        _prep("to"),
        Chunk("np", cause.text[:1].lower() + cause.text[1:], cause.head, cause),
    )
    mine = replace(told, subject="I", me=True, human=True, plural=False, before=())
    yield replace(_doing(mine, "be", allergic, False), finite="am", main="am")


def _intolerant(told: Telling) -> Iterator[Telling]:
    """ "lactose intolerant" -> "intolerant to lactose"."""
    words = told.chunks[0].text.split() if told.chunks else []
    if not told.copula or told.negated or len(words) != 2:
        return
    if words[1] in {"intolerant", "sensitive", "allergic"}:
        cause = _np(words[0])
        if cause is not None:
            adjective = Chunk("adj", words[1], words[1])
            food = Chunk("np", cause.text, cause.head, cause)
            yield replace(told, chunks=(adjective, _prep("to"), food, *told.chunks[1:]))


def _earning(told: Telling) -> Iterator[Telling]:
    """ "They pay (me) 14 euros an hour" -> "I earn 14 euros an hour"."""
    chunks = told.chunks[1:] if told.chunks[:1] and told.chunks[0].text == "me" else told.chunks
    if not told.me and wages(replace(told, chunks=chunks)):
        mine = replace(told, subject="I", me=True, human=True, plural=False, before=())
        yield _doing(mine, "earn", chunks, told.past)


def _demanded(told: Telling) -> Iterator[Telling]:
    """ "My landlord wants 800 a month" -> "my rent is 800 a month"."""
    first = told.chunks[0].phrase if told.chunks else None
    lord = told.phrase.head in {"landlord", "landlady"} and told.lemma in _DEMANDING
    if not lord or told.negated or first is None or not any(t.number for t in first.tokens):
        return
    mine = replace(told, subject="I", me=True, past=False)
    rent = _np("rent")
    if rent is not None:
        yield from _thing(mine, "rent", told.chunks, rent)


def _aged(told: Telling) -> Iterator[Telling]:
    """ "I have 23 years", as many languages say it -> "I am 23 years"."""
    phrase = told.chunks[0].phrase if len(told.chunks) == 1 else None
    found = measure(phrase) if phrase is not None else None
    if told.lemma != "have" or told.negated or not told.human or found is None:
        return
    if found.unit == "years":
        yield replace(_doing(told, "be", told.chunks, False), finite="am" if told.me else "is")


def _np(text: str) -> NounPhrase | None:
    tokens = tokenise(f"x {text}")
    phrase = noun_phrase(tokens, 1)
    return phrase if phrase is not None and phrase.end == len(tokens) else None


def _prep(word: str) -> Chunk:
    return Chunk("prep", word, word)


def _doing(told: Telling, lemma: str, chunks: tuple[Chunk, ...], past: bool) -> Telling:
    """The same subject doing something else, in the plain present or past."""
    third = not (told.me or told.plural)
    form = w.inflect(lemma, "VBD") if past else w.inflect(lemma, "VBZ") if third else lemma
    return replace(
        told,
        finite=form,
        main=form,
        lemma=lemma,
        helped=False,
        between=(),
        particle="",
        negated=False,
        chunks=chunks,
        past=past,
    )


def _working(told: Telling) -> Iterator[Telling]:
    """ "I'm a nurse at X" -> "I work as a nurse at X"."""
    first = told.chunks[0] if told.chunks else None
    if not told.copula or told.negated or first is None or first.phrase is None:
        return
    if (told.human or told.me) and job(first.phrase) and not first.phrase.tokens[0].possessive:
        yield _doing(told, "work", (_prep("as"), *told.chunks), told.past)


def _acting(told: Telling) -> Iterator[Telling]:
    """ "I was a teacher in Graz for ten years" -> "I taught in Graz for ten years"."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if not told.copula or told.negated or phrase is None or len(told.chunks) < 2:
        return
    verb = _AGENTS.get(phrase.head)
    if verb and (told.me or told.human) and not phrase.tokens[0].possessive:
        yield _doing(told, verb, told.chunks[1:], told.past)


def _two_predicates(told: Telling) -> Iterator[Telling]:
    """ "My cat is old and afraid of dogs" -> each of both alone."""
    if not told.copula or told.negated:
        return
    cut = next((k for k, c in enumerate(told.chunks[:4]) if c.kind == "cc" and c.head == "and"), 0)
    if cut and told.chunks[cut + 1 :] and told.chunks[cut + 1].kind in {"adj", "np", "verb"}:
        for chunks in (told.chunks[:cut], told.chunks[cut + 1 :]):
            alone = replace(told, chunks=chunks)
            yield alone
            yield from _said_as(alone)


def _employed(told: Telling) -> Iterator[Telling]:
    """ "I started a new job at X" -> "I work at X"."""
    phrase = told.chunks[0].phrase if len(told.chunks) > 2 else None
    if phrase is None or told.negated or told.lemma not in _TAKING_UP:
        return
    if phrase.head in {"job", "position", "post"} and told.chunks[1].head in {"at", "as", "with"}:
        yield _doing(told, "work", told.chunks[1:], past=False)


def _fan(told: Telling) -> Iterator[Telling]:
    """ "I'm a big fan of X" -> "I like X"."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if not told.copula or told.negated or phrase is None or " fan of " not in f" {phrase.text} ":
        return
    liked = _np(phrase.text.split(" fan of ", 1)[-1])
    if liked is not None:
        verb = "support" if "team" in categories(liked.head) else "like"
        yield _doing(told, verb, (Chunk("np", liked.text, liked.head, liked),), told.past)


def _liked_doing(told: Telling) -> Iterator[Telling]:
    """ "I like making soup" -> "I make soup"; "I went to see a play" -> "I saw a play"."""
    first = told.chunks[0] if told.chunks else None
    if first is None or told.negated:
        return
    liked = told.lemma in LIKING and not told.past and told.finite != "would"
    if liked and first.kind == "verb" and len(told.chunks) > 1:
        yield _doing(told, first.head, told.chunks[1:], past=False)
    went = told.lemma == "go" and told.past and not told.helped
    if went and first.kind == "verb" and first.text.startswith("to ") and len(told.chunks) > 1:
        yield _doing(told, first.head, told.chunks[1:], past=True)
    phrase = first.phrase
    if liked and phrase is not None and phrase.gerund and not phrase.items:
        words = [token.text for token in phrase.tokens]
        at = next((k for k, token in enumerate(phrase.tokens) if token.gerund), 0)
        thing = _np(" ".join(words[at + 1 :]))
        if thing is not None and not is_person(thing.head):
            object_ = Chunk("np", thing.text, thing.head, thing)
            verb = w.verb_lemma(phrase.tokens[at].low)
            yield _doing(told, verb, (object_, *told.chunks[1:]), past=False)


def _parent(told: Telling) -> Iterator[Telling]:
    """ "I'm a single mum of three boys" -> "I have three boys"; "a father of two": two children."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if not told.copula or told.negated or not told.me or phrase is None or phrase.items:
        return
    words = [token.low for token in phrase.tokens]
    at = words.index("of") if "of" in words else 0
    if phrase.head not in _PARENTS or not at or not phrase.tokens[at + 1 :]:
        return
    several = " ".join(words[at + 1 :])
    children = _np(several if len(words) > at + 2 else f"{several} children")
    if children is not None and children.tokens[0].number:
        had = Chunk("np", children.text, children.head, children)
        yield _doing(told, "have", (had, *told.chunks[1:]), told.past)


def _each_item(told: Telling) -> Iterator[Telling]:
    """ "I'm a father, a cyclist and a terrible cook" -> each of them alone."""
    phrase = told.chunks[0].phrase if told.chunks else None
    if not told.copula or told.negated or not told.me or phrase is None:
        return
    for item in phrase.items:
        alone = replace(told, chunks=(Chunk("np", item.text, item.head, item),))
        yield alone
        yield from (*_parent(alone), *_working(alone))


def _perfect(told: Telling) -> Iterator[Telling]:
    """ "I have been a vegan for ten years" -> "I am a vegan"."""
    if told.lemma != "be" or not told.helped or told.finite not in {"have", "has"} or told.negated:
        return
    lasting = next(
        (
            k
            for k, chunk in enumerate(told.chunks)
            if chunk.kind == "prep" and chunk.head in {"for", "since"}
        ),
        len(told.chunks),
    )
    be = "am" if told.me else "are" if told.plural else "is"
    if lasting:
        plain = replace(_doing(told, "be", told.chunks[:lasting], False), finite=be, main=be)
        yield plain
        yield from _working(plain)


def _prescribed(told: Telling) -> Iterator[Telling]:
    """ "The doctor put me on X for Y" -> "I take X for Y"."""
    heads = [chunk.head for chunk in told.chunks[:3]]
    if told.lemma in {"put", "start", "have"} and heads[:2] == ["me", "on"] and not told.negated:
        mine = replace(told, subject="I", me=True, human=True, plural=False, before=())
        yield _doing(mine, "take", told.chunks[2:], past=False)


def _formerly(told: Telling) -> Iterator[Telling]:
    """ "I used to play the oboe" -> "I played the oboe", when nobody asks for now."""
    first = told.chunks[0] if told.chunks else None
    if told.main.lower() != "used" or first is None or first.kind != "verb":
        return
    if first.text.lower().startswith("to ") and len(told.chunks) > 1:
        yield _doing(told, first.head, told.chunks[1:], past=True)


def _reading(told: Telling) -> Iterator[Telling]:
    """ "I'm halfway through X" -> "I am reading X", or watching it."""
    heads = [chunk.head for chunk in told.chunks]
    if not told.copula or told.negated or not _MIDDLE & set(heads[:2]):
        return
    for index, chunk in enumerate(told.chunks):
        after = index and told.chunks[index - 1].head in {"through", "of", "into"}
        if after and chunk.phrase is not None and _published(chunk.phrase):
            verb = "watch" if _kinds(chunk.phrase) & _SHOWN else "read"
            yield replace(
                told,
                main=w.inflect(verb, "VBG"),
                lemma=verb,
                helped=True,
                chunks=told.chunks[index:],
            )


def _kinds(phrase: NounPhrase) -> set[str]:
    return {phrase.head, *categories(phrase.head)}


def _published(phrase: NounPhrase) -> bool:
    titled = bool(phrase.names) and not is_person(phrase.head)
    return titled or bool(_kinds(phrase) & (_SHOWN | {"publication", "book"}))


def _said_as(told: Telling) -> Iterator[Telling]:
    """ "be fond of X" -> "like X"; "cannot stand X" -> "hate X"; "be on X for Y" -> "take X"."""
    if told.helped and not told.negated and told.finite in {"am", "is", "are", "was", "were"}:
        verb = _SAID_AS.get(f"{told.main.lower()} {told.chunks[0].head}") if told.chunks else ""
        if verb and len(told.chunks) > 1:
            yield _doing(told, verb, told.chunks[1:], told.past)
    wed = told.lemma == "get" and len(told.chunks) > 1 and told.chunks[0].head == "married"
    if wed and told.helped:
        yield replace(told, lemma="marry", main="marrying", chunks=told.chunks[1:])
    elif wed:
        yield _doing(told, "marry", told.chunks[1:], told.past)
    if told.copula and not told.negated:
        for index, chunk in enumerate(told.chunks[1:3], 1):
            key = f"{told.chunks[index - 1].head} {chunk.head}"
            verb = _SAID_AS.get(key)
            if verb and len(told.chunks) > index + 1:
                yield _doing(told, verb, told.chunks[index + 1 :], told.past)
        first = told.chunks[0] if told.chunks else None
        if first is not None and first.head == "into" and len(told.chunks) > 1:
            yield _doing(told, "like", told.chunks[1:], told.past)
        if first is not None and first.head == "on" and len(told.chunks) > 2:
            phrase = told.chunks[1].phrase
            if phrase is not None and told.chunks[2].head == "for" and not measure(phrase):
                yield _doing(told, "take", told.chunks[1:], told.past)
    if told.negated and told.finite in {"can", "cannot", "could"}:
        verb = _SAID_AS.get(f"not {told.lemma}")
        if verb and told.chunks and told.chunks[0].kind == "np":
            yield _doing(told, verb, told.chunks, told.past)


def _thing_had(told: Telling) -> Iterator[Telling]:
    """ "I have an exam on Friday" -> "my exam is on Friday"; "a car with ..." stays a car."""
    if told.lemma not in {"have", "get"} or told.negated or len(told.chunks) < 3:
        return
    phrase = told.chunks[0].phrase
    if phrase is None or phrase.items or phrase.pronoun or phrase.names or is_person(phrase.head):
        return
    dated = any(
        chunk.phrase is not None
        and told.chunks[index - 1].head in _OF_LATE
        and is_when(chunk.phrase, told.chunks[index - 1].head)
        for index, chunk in enumerate(told.chunks)
        if index
    )
    if dated and told.chunks[1].kind == "prep":
        yield from _thing(told, plain_noun(phrase.text), told.chunks[1:], phrase)


def _thing(
    told: Telling, noun: str, chunks: tuple[Chunk, ...], phrase: NounPhrase
) -> Iterator[Telling]:
    """My noun is ...: the telling turned to what is had."""
    owner = "my" if told.me else f"{told.subject}'s"
    built = _np(f"{owner} {noun}")
    if built is None:
        return
    plural = w.is_plural(phrase.head)
    be = ("were" if plural else "was") if told.past else ("are" if plural else "is")
    yield replace(
        told,
        subject=built.text,
        me=False,
        human=False,
        plural=plural,
        before=(),
        finite=be,
        between=(),
        main=be,
        lemma="be",
        helped=False,
        particle="",
        chunks=chunks,
        phrase=built,
    )


def _thing_changed(told: Telling) -> Iterator[Telling]:
    """ "They raise the rent to 900" -> "my rent is 900", "my new rent is 900"."""
    if told.lemma not in _CHANGING or told.negated:
        return
    for index, chunk in enumerate(told.chunks):
        if index == 0 or told.chunks[index - 1].head not in {"to", "by", "for"}:
            continue
        if chunk.phrase is None:
            continue
        valued = measure(chunk.phrase) or is_when(chunk.phrase, told.chunks[index - 1].head)
        thing = told.chunks[0].phrase if index > 1 else told.phrase
        if not valued or told.chunks[index - 1].head != "to" or thing is None or thing.pronoun:
            continue
        if is_person(thing.head) or (index > 1 and thing.names):
            continue
        mine = replace(told, subject="I", me=True, past=False)
        noun = plain_noun(thing.text)
        yield from _thing(mine, noun, told.chunks[index:], thing)
        yield from _thing(mine, f"new {noun}", told.chunks[index:], thing)


def _priced(told: Telling) -> Iterator[Telling]:
    """ "I pay 900 for my flat" -> "my flat costs 900"; "I bought a bike for 300" as well."""
    if told.negated or told.lemma not in {"pay", "buy", "get", "purchase", "sell", "rent"}:
        return
    phrases = [chunk.phrase for chunk in told.chunks if chunk.phrase is not None]
    if len(phrases) < 2 or told.chunks[1].head not in {"for", "in"}:
        return
    thing, price = (phrases[1], phrases[0]) if told.lemma == "pay" else (phrases[0], phrases[1])
    found = measure(price)
    if found is None or found.kind != "money" or thing.pronoun or thing.names:
        return
    priced = (Chunk("np", price.text, price.head, price),)
    past = told.past and told.lemma != "pay"
    for view in _thing(replace(told, past=past), plain_noun(thing.text), priced, thing):
        yield _doing(view, "cost", priced, past)


_LOOKS = (
    _working,
    _acting,
    _two_predicates,
    _parent,
    _each_item,
    _liked_doing,
    _perfect,
    _prescribed,
    _employed,
    _fan,
    _formerly,
    _reading,
    _said_as,
    _thing_had,
    _thing_changed,
    _priced,
    _earning,
    _demanded,
    _upset,
    _intolerant,
    _aged,
)
