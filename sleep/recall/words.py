"""Closed word classes of English, and word forms looked up in lemminflect's own tables."""

from __future__ import annotations

from functools import lru_cache

from lemminflect import getAllLemmas, getInflection

from sleep.recall.english import word_set


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUBJECT_PRONOUNS = word_set("subject_pronouns")
OBJECT_PRONOUNS = word_set("object_pronouns")
PERSON_PRONOUNS = _set("he she they")
DEMONSTRATIVES = _set("it this that these those there them one ones")
POSSESSIVES = word_set("possessives")
DETERMINERS = word_set("determiners")
PREPOSITIONS = word_set("prepositions")
PARTICLES = word_set("particles")
SUBORDINATORS = word_set("subordinators")
WH_WORDS = word_set("wh_words")
COORDINATORS = _set("and or but nor plus so yet &")
MODALS = word_set("modals")
BE = _set("be am is are was were been being")
HAVE = _set("have has had having")
DO = _set("do does did doing done")
AUXILIARIES = BE | HAVE | DO
NEGATIONS = _set("not never no n't")
NUMBER_WORDS = word_set("number_words")
INTERJECTIONS = word_set("interjections")
DEGREE_ADVERBS = word_set("degree_adverbs")
DEICTIC_TIMES = word_set("deictic_times")
TIME_NOUNS = word_set("time_nouns")
ADVERBS = DEGREE_ADVERBS | DEICTIC_TIMES | word_set("other_adverbs")
# Words that lemminflect also lists as verbs or nouns but which are hardly ever that.
NOT_VERBS = word_set("not_verbs")
ALSO_NOUNS = word_set("also_nouns")


@lru_cache(maxsize=20_000)
def lemmas(word: str, upos: str) -> tuple[str, ...]:
    """Lemmas of a lower-case word as NOUN, VERB, ADJ or ADV; empty when it cannot be that."""
    if upos == "NOUN" and {word, word.removesuffix("s")} & ALSO_NOUNS:
        return (word if word in ALSO_NOUNS else word.removesuffix("s"),)
    found: tuple[str, ...] = getAllLemmas(word).get(upos, ())
    return tuple(lemma.lower() for lemma in found)


@lru_cache(maxsize=20_000)
def inflect(lemma: str, tag: str) -> str:
    """The form of a lemma for a Penn tag (VBD, VBZ, VBG, VBN, VB, NN, NNS)."""
    if lemma == "be":
        return {"VBD": "was", "VBZ": "is", "VBG": "being", "VBN": "been"}.get(tag, "be")
    forms: tuple[str, ...] = getInflection(lemma, tag)
    return forms[0] if forms else lemma


@lru_cache(maxsize=20_000)
def verb_readings(word: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(lemma, tags) of a lower-case word as a verb; the reading with a changed stem comes first."""
    if word in BE:
        tag = {"am": "VBP", "is": "VBZ", "are": "VBP", "was": "VBD", "were": "VBD"}
        return (
            ("be", frozenset({tag.get(word, {"been": "VBN", "being": "VBG"}.get(word, "VB"))})),
        )
    if word in (SUBORDINATORS | PREPOSITIONS) - {"like"}:
        return ()
    if word in NOT_VERBS and word not in {"like", "name", "book", "own", "open", "left"}:
        return ()
    readings = []
    for lemma in lemmas(word, "VERB"):
        tags = {
            tag
            for tag in ("VB", "VBP", "VBZ", "VBD", "VBN", "VBG")
            if word in getInflection(lemma, tag)
        }
        if word == lemma:
            tags |= {"VB", "VBP"}
        if tags:
            readings.append((lemma, frozenset(tags)))
    readings.sort(key=lambda reading: reading[0] == word)
    return tuple(readings)


def verb_lemma(word: str) -> str:
    """The likeliest verb lemma of a word; the word itself when it is no known verb."""
    readings = verb_readings(word.lower())
    return readings[0][0] if readings else word.lower()


def has_tag(word: str, *tags: str) -> bool:
    """Whether the word can be a verb form of one of these tags."""
    return any(found & set(tags) for _, found in verb_readings(word.lower()))


@lru_cache(maxsize=20_000)
def noun_lemma(word: str) -> str:
    """The singular of a noun, lower case."""
    low = word.lower()
    found = lemmas(low, "NOUN")
    return found[0] if found else low


def is_time(word: str) -> bool:
    """Whether a noun names a time: an hour, a weekday, a month."""
    return bool({word, word.removesuffix("s"), noun_lemma(word)} & TIME_NOUNS)


def is_plural(word: str) -> bool:
    """Whether a noun form is plural (and not also its own singular)."""
    low = word.lower()
    return noun_lemma(low) != low or low in {"people", "children", "twins", "jeans", "glasses"}


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A form to compare words by: the shortest lemma over all parts of speech, lower case."""
    low = word.lower()
    found = [lemma.lower() for all_lemmas in getAllLemmas(low).values() for lemma in all_lemmas]
    return min(found, key=lambda lemma: (len(lemma), lemma), default=low)


GRAMMAR_WORDS = (
    SUBJECT_PRONOUNS | OBJECT_PRONOUNS | POSSESSIVES | DETERMINERS | PREPOSITIONS | COORDINATORS
    | MODALS | AUXILIARIES | NEGATIONS | WH_WORDS | DEGREE_ADVERBS | SUBORDINATORS
    | _set("there here")
)  # fmt: skip


_EMPTY = _set("one name call thing something named called")


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words of a text that carry meaning."""
    words = (word.strip("'’\"“”.,!?;:()") for word in text.replace("-", " ").split())
    return frozenset(
        stem(word) for word in words if word and word.lower() not in GRAMMAR_WORDS | _EMPTY
    )
