"""Lectures: examples with what their teacher says at every answer token.

Two kinds of teacher (method, section 4). From the context to the first level: the frozen model with
the memory in its prompt. From one level to the next: the frozen model with the faster level's
experts open, while for the student they are shut. What only holds the model still (anchors, prose)
is taught by the student's own past: the frozen model as the student will be at its birth.
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
_UNSEEN: Final = 8.0  # nats: what is not yet known of an example that was never drawn
_TAUGHT: Final = ("fact", "unknown")


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

    The past is what holds still: the student as it was born, which differs from `student` only
    where the new expert goes on from an older one. by_prompt: the teacher has the memory in its
    prompt, not in its experts.
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
    if gates is None:
        once = list(dict.fromkeys(told))  # one teacher serves all the ways to ask for an answer
        by_example = dict(zip(once, engine.teach(once, _TOP_K), strict=True))
        taught = [by_example[example] for example in told]
    else:
        taught = _by_gates(engine, kinds, told, gates)
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
    found: dict[int, Teaching] = {}
    for experts, taught in ((gates.teacher, True), (gates.past, False)):
        engine.gate(experts)
        mine = [i for i, kind in enumerate(kinds) if (kind in _TAUGHT) is taught]
        found.update(zip(mine, engine.teach([told[i] for i in mine], _TOP_K), strict=True))
    engine.gate(gates.student)
    return [found[i] for i in range(len(told))]
