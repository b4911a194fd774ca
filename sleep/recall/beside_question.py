"""What is told beside a question: "So I'm a vet, I've a dog and my boss wants a talk on fleas??",
"What is a good bike for a boy my grandson Owen turns twelve in May"."""

from __future__ import annotations

from sleep.recall import words as w
from sleep.recall.clauses import clauses
from sleep.recall.lexicon import is_person
from sleep.recall.syntax import Clause
from sleep.recall.tokens import Token, join, tokenise

_TELLING = frozenset({"main", "and", "but", "so", "appos"})
_LASTING = frozenset({"be", "have", "live", "work", "own", "get", "study", "drive", "keep", "take"})


def beside_question(text: str) -> list[str]:
    """The stretches of a question that tell something themselves, as sentences."""
    tokens = tokenise(text)
    found = clauses(tokens)
    if len(found) < 2 or any(token.low in {"if", "you", "your"} for token in tokens):
        return []
    if _declares(found[0], tokens):
        return _told_before(found, tokens)
    return [] if text.rstrip().endswith("?") else _told_after(found, tokens)


def _declares(clause: Clause, tokens: list[Token]) -> bool:
    """Whether the sentence opens with "I am ...", "we have ...", not with a question."""
    opening = [token.low for token in tokens[: clause.subject.start]]
    plain = all(word in w.INTERJECTIONS | {"so", "and", "but", ","} for word in opening)
    return plain and clause.subject.first in {"i", "we"} and clause.verb.lemma in _LASTING


def _told_before(found: list[Clause], tokens: list[Token]) -> list[str]:
    """All but the last clause, when each of them tells."""
    asked = next((c for c in found[1:] if c.link not in _TELLING), found[-1])
    if asked.inherited or asked.subject.start == 0:
        return []
    end = asked.subject.start
    while end and (tokens[end - 1].text == "," or tokens[end - 1].low in {"and", "but", "so"}):
        end -= 1
    return [join([token.text for token in tokens[:end]]) + "."] if end > 3 else []


def _told_after(found: list[Clause], tokens: list[Token]) -> list[str]:
    """From the first "my grandson Owen turns ..." or "(my wife Ada) she likes ..." on, where no
    mark ends the question."""
    for clause in found[1:]:
        subject = clause.subject
        if subject.first in {"he", "she"} and tokens[subject.start - 1].name:
            return [join([token.text for token in tokens[subject.start :]]) + "."]
        own = subject.first in {"my", "our"} and (is_person(subject.head) or bool(subject.names))
        before = tokens[subject.start - 1] if subject.start else Token("")
        apart = before.noun and not (before.preposition or before.low in w.COORDINATORS)
        if own and apart and clause.verb.finite.lower() not in w.MODALS:
            return [join([token.text for token in tokens[subject.start :]]) + "."]
    return []
