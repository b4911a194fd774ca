"""Lectures: examples with what their teacher says at every answer token.

Two kinds of teacher (method, section 4). From the context to the first level: the frozen model with
the memory in its prompt. From one level to the next: the frozen model with the faster level's
experts open, while for the student they are shut. Older memories are taught by the student's own
past: the frozen model as the student will be at its birth. What only holds the model still
(anchors, prose) is taught by the base itself, so that many nights do not drift where one does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sleep.engines import Engine, Example, Teaching
from sleep.experts import Expert

Kind = Literal["fact", "unknown", "replay", "anchor", "in_prompt", "prose"]
"""What an example is for: told, never told, told before and to be kept, answered as before,
answered by its prompt, and plain text, as likely as before."""

_TOP_K: Final = 64
_TOLD: Final[tuple[Kind, ...]] = ("fact", "unknown")
_KEPT: Final[tuple[Kind, ...]] = ("replay",)
_STILL: Final[tuple[Kind, ...]] = ("anchor", "in_prompt", "prose")
_UNSEEN: Final = 8.0  # nats: what is not yet known of an example that was never drawn


@dataclass(eq=False)
class Lecture:
    """An example with its teacher and how well the student knows it by now."""

    kind: Kind
    example: Example
    teaching: Teaching
    worst: float = _UNSEEN
    """Loss of its worst token when it was last drawn, in nats."""
    drawn: int = 0
    told: tuple[int, ...] = ()
    """The teacher's prompt; empty: the example's own."""
    expect: tuple[str, ...] = ()
    """Accepted answer words, where the lecture comes from a lesson."""
    own_words: bool = False
    """The answer was drawn from the student: it is not to be learned, only to be judged."""


@dataclass(frozen=True)
class Gates:
    """The older experts that are open for a teacher, for its student, and for its student's past.

    The past is what keeps older memories: the student as it was born, which differs from `student`
    only where the new expert goes on from an older one. by_prompt: the teacher has the memory in
    its prompt, not in its experts.
    """

    teacher: tuple[Expert, ...]
    student: tuple[Expert, ...]
    past: tuple[Expert, ...]
    by_prompt: bool = False


def teach(
    engine: Engine,
    kinds: Sequence[Kind],
    asked: Sequence[Example],
    told: Sequence[Example],
    gates: Gates | None = None,
) -> list[Lecture]:
    """Lectures for `asked`; `told` are the same answers after prompts that hold the memory.

    Without `gates` teacher and student have the same older experts. With them the engine is left
    as the student needs it.
    """
    if gates is not None and not gates.by_prompt:
        told = asked
    taught = _once(engine, told) if gates is None else _by_gates(engine, kinds, told, gates)
    return [
        Lecture(kind, x, teaching, told=t.prompt)
        for kind, x, t, teaching in zip(kinds, asked, told, taught, strict=True)
    ]


def judge(
    engine: Engine,
    prompts: Sequence[tuple[int, ...]],
    answers: Sequence[tuple[int, ...]],
    gates: Gates | None,
) -> list[Teaching]:
    """What the teacher of a night says to these answers after its own prompts."""
    examples = [Example(p, a) for p, a in zip(prompts, answers, strict=True)]
    if gates is None:
        return engine.teach(examples, _TOP_K)
    engine.gate(gates.teacher)
    try:
        return engine.teach(examples, _TOP_K)
    finally:
        engine.gate(gates.student)


def _by_gates(
    engine: Engine, kinds: Sequence[Kind], told: Sequence[Example], gates: Gates
) -> list[Teaching]:
    """Every kind by its own teacher."""
    found: dict[int, Teaching] = {}
    teachers = ((_TOLD, gates.teacher), (_KEPT, gates.past), (_STILL, ()))
    for taught, experts in teachers:
        mine = [i for i, kind in enumerate(kinds) if kind in taught]
        engine.gate(experts)
        found.update(zip(mine, _once(engine, [told[i] for i in mine]), strict=True))
    engine.gate(gates.student)
    return [found[i] for i in range(len(told))]


def _once(engine: Engine, told: Sequence[Example]) -> list[Teaching]:
    """One teacher serves all the ways to ask for an answer."""
    different = list(dict.fromkeys(told))
    found = dict(zip(different, engine.teach(different, _TOP_K), strict=True))
    return [found[example] for example in told]
