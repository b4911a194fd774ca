"""What a sentence is read into: chunks, verb groups, clauses; and the cursor that reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sleep.recall import words as w
from sleep.recall.phrase_core import NounPhrase
from sleep.recall.tokens import Token, join

_ATTACHED = frozenset({"when", "while", "after", "before", "since", "until"})
BREAKS = frozenset({".", "!", "?", ";", ":", "(", ")"})


@dataclass(frozen=True)
class Chunk:
    """A piece of what follows the verb.

    kind: np, prep, verb, adj, adv, cc, naming, punct, wh, clause ("when I ...") or other.
    """

    kind: str
    text: str
    head: str
    phrase: NounPhrase | None = None


@dataclass(frozen=True)
class VerbGroup:
    """The verbs of a clause: the finite one as written, the words between, the main one.

    When `helped` is false, finite and main are the same word. particle: "up" of "gave up".
    """

    finite: str
    between: tuple[str, ...]
    main: str
    lemma: str
    helped: bool
    negated: bool
    adverbs: tuple[str, ...]
    particle: str = ""

    @property
    def modal(self) -> bool:
        return self.finite.lower() in w.MODALS


@dataclass(frozen=True)
class Clause:
    """A finite clause.

    link: how it hangs on the sentence: main, and, but, rel, that, or a subordinator.
    lead: adverbials before the subject. inherited: the subject was left out and is the one before.
    parent: the verb that a "that" clause depends on. denied: X of ", not X".
    """

    subject: NounPhrase
    verb: VerbGroup
    chunks: tuple[Chunk, ...]
    lead: tuple[str, ...]
    link: str
    inherited: bool = False
    parent: str = ""
    denied: NounPhrase | None = None

    @property
    def rest(self) -> str:
        """Everything after the verb group, as text."""
        return join([chunk.text for chunk in self.chunks])


class Cursor:
    """A place in a sentence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.i = 0

    def at(self, offset: int = 0) -> Token:
        """The token at this distance, or an empty one outside the sentence."""
        return self.token(self.i + offset)

    def token(self, index: int) -> Token:
        return self.tokens[index] if 0 <= index < len(self.tokens) else Token("")

    def take(self, kind: str, count: int = 1, head: str = "") -> Chunk:
        """The next tokens as one chunk."""
        text = join([token.text for token in self.tokens[self.i : self.i + count]])
        head = head or self.at(count - 1).low
        self.i += count
        return Chunk(kind, text, head)

    def verb_follows(self, i: int) -> bool:
        """Whether a finite verb stands at i, adverbs skipped."""
        while self.token(i).adverb and not self.token(i).auxiliary:
            i += 1
        return self.token(i).finite


def attach(found: list[Clause]) -> list[Clause]:
    """The clauses with "when I ..." as a chunk of the clause before it."""
    out: list[Clause] = []
    for clause in found:
        follows = out and clause.link in _ATTACHED and out[-1].link not in _ATTACHED
        if follows and clause.subject.first in {"i", "we"} and not clause.inherited:
            verb = clause.verb
            words = [clause.link, clause.subject.text, verb.finite, *verb.between]
            words += [verb.main] if verb.helped else []
            text = join([*words, verb.particle, clause.rest])
            joined = Chunk("clause", text, clause.link)
            out[-1] = replace(out[-1], chunks=(*out[-1].chunks, joined))
        else:
            out.append(clause)
    return out
