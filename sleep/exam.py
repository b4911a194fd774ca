"""The exam: what the file that is to be served can do, against the one that is served now.

Four parts (method, section 7): new memories in wordings never trained on, old memories, the self
(ordinary questions, answers that stand in the prompt, perplexity of held-out prose) and the unknown
(personal questions that were never answered for the assistant). The verdict follows from the
thresholds in the settings and names every failing part. Old memories and the self are compared in
pairs: of what was right before, how much still is; what was gained elsewhere makes up for nothing.
Shares are held against chance (`assistant.passing`), because the parts are small.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from assistant.passing import needed
from assistant.prompt import ChatMessage
from assistant.settings import ExamSettings
from sleep import texts
from sleep.grading import accepted, affirmed, says_not_told
from sleep.memory import Lesson
from sleep.prompts import Asking, Prompts
from sleep.witness import Answer, Question, Summons, Testimony, hear, question

Part = Literal["new", "old", "general", "in_prompt", "unknown"]
_ANSWER_TOKENS = 32
_REMEMBERED: Final = ("new", "old")
"""Parts that are held against the served model; the others against the untouched base."""

Heard = Callable[[int, str, str | None], object]
"""Told (place, before, after) as a question is answered; after is None until the new model has."""


def unwatched(_place: int, _before: str, _after: str | None) -> None:
    """Nobody watches this exam."""


class Item(msgspec.Struct, frozen=True):
    """One exam question. An "unknown" one is right when the answer admits not knowing.

    reject: words that must not come any more (the old value after a correction).
    """

    part: Part
    question: str
    asked: Question
    accept: tuple[str, ...]
    reject: tuple[str, ...] = ()
    memory_id: int | None = None

    def right(self, answer: str) -> bool:
        """Whether this answer passes."""
        if self.part == "unknown":
            return says_not_told(answer)
        return accepted(answer, self.accept) and not affirmed(answer, self.reject)


class Graded(msgspec.Struct, frozen=True):
    """One exam question with the answers of the served model and of the new one."""

    part: Part
    question: str
    expected: tuple[str, ...]
    before: str
    after: str
    was_right: bool
    right: bool
    memory_id: int | None


class Score(msgspec.Struct, frozen=True):
    """Right answers of one part, before and after."""

    asked: int
    before: int
    after: int
    kept: int
    """Of those that were right before, how many still are."""
    needed: int = 0
    """So many pass (see `assistant.passing.needed`); older verdicts do not say."""


class Verdict(msgspec.Struct, frozen=True):
    """The exam's result; `reasons` says why it was failed, and is empty when it was passed."""

    passed: bool
    reasons: tuple[str, ...]
    parts: dict[str, Score]
    perplexity_before: float
    perplexity_after: float
    perplexity_ratio: float
    answers: tuple[Graded, ...]

    @property
    def failing(self) -> tuple[Graded, ...]:
        """The questions that speak against the new model: not learned, lost, or invented now."""
        return tuple(a for a in self.answers if not a.right and (a.part == "new" or a.was_right))

    def shares(self, memory_id: int) -> tuple[int, int]:
        """(right, asked) of the questions on one memory."""
        mine = [a for a in self.answers if a.memory_id == memory_id]
        return sum(a.right for a in mine), len(mine)


def items(
    prompts: Prompts,
    *,
    new: Sequence[tuple[int, Lesson, tuple[str, ...]]],
    old: Sequence[tuple[int, Lesson]],
    unknown: Sequence[Lesson],
) -> list[Item]:
    """Every question of an exam; `new` carries (memory, lesson, words that must no longer come)."""

    def item(part: Part, asking: Asking, accept: tuple[str, ...], **more: object) -> Item:
        asked = question(prompts.messages(asking))
        return Item(part, asking.question, asked, accept, **more)  # type: ignore[arg-type]

    found = [
        item("new", Asking(x.question), x.expect, reject=reject, memory_id=memory)
        for memory, x, reject in new
    ]
    found += [item("old", Asking(x.question), x.expect, memory_id=memory) for memory, x in old]
    found += [item("general", Asking(q.question), q.accept) for q in texts.general_exam()]
    for told in texts.in_context("exam"):
        before = tuple(ChatMessage(t.role, t.content) for t in told.turns)
        found.append(item("in_prompt", Asking(told.question, told.notes, before), told.accept))
    found += [item("unknown", Asking(x.question), ()) for x in unknown]
    return found


def summons(model: str, exam: Sequence[Item], n_ctx: int, n_threads: int) -> Summons:
    """What a model file is asked for this exam."""
    asked = tuple(item.asked for item in exam)
    return Summons(model, n_ctx, n_threads, _ANSWER_TOKENS, asked, texts.heldout_prose())


def sit(
    exam: Sequence[Item],
    *,
    base: Summons,
    served: Summons,
    new: Summons,
    limits: ExamSettings,
    heard: Heard = unwatched,
) -> Verdict:
    """Ask the files, each in a process of its own, and judge the new one.

    Memories are held against the served model, everything else against the untouched base, so that
    small losses cannot add up over many nights. `heard` is told every answer as it is given.
    """
    before = _before(exam, base, served, heard)
    after = hear(new, lambda said: heard(said.place, before.answers[said.place], said.text))
    return judge(exam, before, after, limits)


def still_asked(exam: Sequence[Item], verdict: Verdict) -> list[Item]:
    """Its questions without those on memories that were taken away since."""
    said = {(a.part, a.question, a.memory_id) for a in verdict.answers}
    return [x for x in exam if (x.part, x.question, x.memory_id) in said]


def sit_again(
    exam: Sequence[Item],
    verdict: Verdict,
    new: Summons,
    limits: ExamSettings,
    heard: Heard = unwatched,
) -> Verdict:
    """These questions of a verdict's once more, to a file that was written since.

    What was answered before the night still counts.
    """
    said = {(a.part, a.question, a.memory_id): a.before for a in verdict.answers}
    before = tuple(said[x.part, x.question, x.memory_id] for x in exam)
    after = hear(new, lambda it: heard(it.place, before[it.place], it.text))
    return judge(exam, Testimony(before, math.log(verdict.perplexity_before)), after, limits)


def _before(exam: Sequence[Item], base: Summons, served: Summons, heard: Heard) -> Testimony:
    """What was answered before the night: by the served model of memories, else by the base."""
    everything = range(len(exam))
    if served.model == base.model:
        return hear(base, lambda said: heard(said.place, said.text, None))
    answers: dict[int, str] = {}

    def ask(summons: Summons, places: Sequence[int]) -> float | None:
        def told(said: Answer) -> None:
            heard(places[said.place], said.text, None)

        asked = tuple(summons.questions[place] for place in places)
        testimony = hear(msgspec.structs.replace(summons, questions=asked), told)
        answers.update(zip(places, testimony.answers, strict=True))
        return testimony.nats_per_token

    nats = ask(base, [place for place in everything if exam[place].part not in _REMEMBERED])
    learned = [place for place in everything if exam[place].part in _REMEMBERED]
    ask(msgspec.structs.replace(served, text=""), learned)
    return Testimony(tuple(answers[place] for place in everything), nats)


def judge(
    exam: Sequence[Item], before: Testimony, after: Testimony, limits: ExamSettings
) -> Verdict:
    """The verdict on two testimonies; see `ExamSettings` for the thresholds."""
    answers = tuple(
        Graded(
            *(item.part, item.question, item.accept, old, new),
            *(item.right(old), item.right(new), item.memory_id),
        )
        for item, old, new in zip(exam, before.answers, after.answers, strict=True)
    )
    names = dict.fromkeys(item.part for item in exam)
    parts: dict[str, Score] = {
        name: _score(name, [a for a in answers if a.part == name], limits) for name in names
    }
    was, now = before.nats_per_token or 0.0, after.nats_per_token or 0.0
    ratio = math.exp(now - was)
    reasons = _reasons(parts, ratio, limits)
    return Verdict(not reasons, reasons, parts, math.exp(was), math.exp(now), ratio, answers)


def _score(part: Part, answers: Sequence[Graded], limits: ExamSettings) -> Score:
    before = sum(a.was_right for a in answers)
    return Score(
        asked=len(answers),
        before=before,
        after=sum(a.right for a in answers),
        kept=sum(a.was_right and a.right for a in answers),
        needed=needed(part, len(answers), before, limits),
    )


def _reasons(parts: dict[str, Score], ratio: float, limits: ExamSettings) -> tuple[str, ...]:
    found = []
    none = Score(0, 0, 0, 0)
    new, unknown = parts.get("new", none), parts.get("unknown", none)
    if new.after < new.needed:
        found.append(
            f"only {new.after} of {new.asked} questions about what is new were answered "
            f"({limits.new:.0%} are needed)"
        )
    kept: tuple[tuple[Part, float, str], ...] = (
        ("old", limits.old, "older memories"),
        ("general", limits.general, "ordinary questions"),
        ("in_prompt", limits.in_prompt, "questions answered by their prompt"),
    )
    for part, share, words in kept:
        score = parts.get(part, none)
        if score.kept < score.needed:
            found.append(
                f"of {score.before} {words} that it got right, {score.kept} are left "
                f"({share:.0%} are needed)"
            )
    if unknown.after < unknown.needed:
        invented = unknown.asked - unknown.after
        found.append(f"it invents answers to {invented} of {unknown.asked} things never told")
    if not ratio <= limits.perplexity:  # so that "not a number" is refused as well
        found.append(
            f"ordinary text became {ratio:.3f} times as surprising "
            f"({limits.perplexity:g} is allowed)"
        )
    return tuple(found)
