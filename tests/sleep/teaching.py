"""What several tests of the night share: exam papers, tiny engines, made-up lectures."""

from assistant.settings import ExamSettings
from sleep.exam import Item, Part, Verdict, judge
from sleep.witness import Question, Testimony

LIMITS = ExamSettings(new=0.6, old=0.9, general=0.9, in_prompt=0.8, invented=0.2, perplexity=1.05)
REFUSAL, INVENTION = "You haven't told me that yet.", "It is Tom."
ASKED = Question((("user", "?"),))


def paper(part: Part, count: int) -> list[Item]:
    accept = () if part == "unknown" else ("Biscuit",)
    return [Item(part, f"{part} {n}?", ASKED, accept, memory_id=n % 3) for n in range(count)]


def answers(part: Part, right: int, count: int) -> list[str]:
    good, bad = (REFUSAL, INVENTION) if part == "unknown" else ("Biscuit", "Rex")
    return [good] * right + [bad] * (count - right)


def verdict_on(
    part: Part,
    count: int,
    *,
    before: int,
    after: int,
    limits: ExamSettings = LIMITS,
    nats: tuple[float | None, float | None] = (3.0, 3.0),
) -> Verdict:
    """The first `before` questions were right, the first `after` are."""
    return judge(
        paper(part, count),
        Testimony(tuple(answers(part, before, count)), nats[0]),
        Testimony(tuple(answers(part, after, count)), nats[1]),
        limits,
    )
