"""Seeding: the loss by hand, who is drawn, when it ends; and a tiny model that learns."""

import math
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
import torch
from torch import Tensor, nn

from sleep.engines import Engine, Example, Teaching
from sleep.experts import Expert
from sleep.lectures import Kind, Lecture, teach
from sleep.losses import log_probs
from sleep.seeding import Progress, Recipe, seed, steps_for
from tests.fixtures_gguf import VOCAB_SIZE
from tests.sleep.examples import random_examples, random_ids
from tests.sleep.teaching import make_engine

WORDS = 12  # of the toy engine's vocabulary
FLAT = math.log(WORDS)


class Toy:
    """An engine whose whole model is a table of logits, one row per example and answer token."""

    def __init__(self, lectures: Sequence[Lecture]) -> None:
        self.rows = {x.example: n for n, x in enumerate(lectures)}
        longest = max(len(x.example.answer) for x in lectures)
        self.table = nn.Parameter(torch.zeros(len(lectures), longest, WORDS))
        self.batches: list[list[Example]] = []

    def as_engine(self) -> Engine:
        return cast(Engine, self)

    def parameters(self) -> list[nn.Parameter]:
        return [self.table]

    def logits(self, batch: Sequence[Example]) -> Tensor:
        self.batches.append(list(batch))
        return torch.cat([self.table[self.rows[x], : len(x.answer)] for x in batch])

    def log_probs(self, batch: Sequence[Example], tokens: Tensor) -> Tensor:
        return log_probs(self.logits(batch), tokens)

    def knows(self, number: int, token: int, by: float = 9.0) -> None:
        """Make one token likelier by so many nats for every answer token of an example."""
        self.table.data[number, :, token] = by


def lecture(
    number: int, kind: Kind = "fact", answer: tuple[int, ...] = (5,), says: int = 5, p: float = 0.7
) -> Lecture:
    """A lecture whose teacher gives `says` the probability `p` at every answer token."""
    rest = (1 - p) / 3
    logprobs = torch.tensor([[p, rest, rest]]).log().repeat(len(answer), 1)
    others = [token for token in range(WORDS) if token != says][:2]
    tokens = torch.tensor([[says, *others]]).repeat(len(answer), 1)
    return Lecture(kind, Example((1, 100 + number), answer), Teaching(logprobs, tokens))


def run(lectures: list[Lecture], recipe: Recipe, toy: Toy | None = None) -> list[Progress]:
    seen: list[Progress] = []
    engine = toy or Toy(lectures)
    seed(engine.as_engine(), lectures, recipe, progress=seen.append)
    return seen


# The teacher's 0.7, 0.1, 0.1 and 0.1 for all others, from a flat student (1, 1, 1 and 9 of 12).
APART = 0.7 * math.log(0.7 * 12) + 0.2 * math.log(0.1 * 12) + 0.1 * math.log(0.1 * 12 / 9)


@pytest.mark.parametrize(
    ("given", "loss", "worst"),
    [
        (lecture(0), 0.25 * APART + 0.75 * FLAT, FLAT),
        (lecture(0, says=6), FLAT, FLAT),  # contradicts the accepted token: not followed
        (lecture(0, "unknown"), 0.25 * APART + 0.75 * FLAT, FLAT),
        (lecture(0, "anchor"), APART, APART),
        (lecture(0, "anchor", says=6), APART, APART),  # held where it was, whatever it said
        (lecture(0, answer=(5, 6)), (0.25 * APART + 1.75 * FLAT) / 2, FLAT),
    ],
)
def test_the_loss_by_hand(given, loss, worst):
    first = run([given], Recipe(accepted=0.75))[0]
    assert first.loss == pytest.approx(loss, rel=1e-5)
    assert first.worst == {given.kind: pytest.approx(worst, rel=1e-5)}


def test_long_answers_count_no_more_than_short_ones():
    short, long = lecture(0, answer=(5,)), lecture(1, answer=(7,) * 9)
    toy = Toy([short, long])
    toy.knows(1, 7)
    first = run([short, long], Recipe(accepted=1.0), toy)[0]
    known = math.log(1 + 11 * math.exp(-9))
    assert first.loss == pytest.approx((FLAT + known) / 2, rel=1e-4)


def test_a_teacher_that_contradicts_is_not_followed():
    """However sure it is, the accepted answer is learned; where it agrees, so is its doubt."""
    contradicted, agreed = lecture(0, says=6, p=0.97), lecture(1, p=0.4)
    toy = Toy([contradicted, agreed])
    run([contradicted, agreed], Recipe(rate=0.1, passes=1200, accepted=0.5), toy)
    learned = toy.table.softmax(-1)[:, 0]
    assert learned[0, 5] > 0.9
    assert learned[0, 6] < 0.05
    assert 0.6 < learned[1, 5] < 0.8  # halfway between 0.4 and 1


def test_an_anchor_takes_its_teachers_distribution():
    held = lecture(0, "anchor", says=6, p=0.7)
    toy = Toy([held, lecture(1)])
    run([held, lecture(1)], Recipe(rate=0.1, passes=1200), toy)
    assert toy.table.softmax(-1)[0, 0, 6].item() == pytest.approx(0.7, abs=0.05)


def test_the_badly_known_are_drawn_more_often():
    lectures = [lecture(n) for n in range(20)]
    toy = Toy(lectures)
    for n in range(1, 20):
        toy.knows(n, 5)
    run(lectures, Recipe(rate=1e-12, facts=2, passes=40, settling=0, seed=1), toy)
    counts = [x.drawn for x in lectures]
    assert sum(counts) == 2 * len(toy.batches) == 800
    assert counts[0] > 0.8 * len(toy.batches)
    assert min(counts) > 5  # the well known ones are not forgotten


def test_what_was_never_drawn_comes_first():
    lectures = [lecture(n) for n in range(30)]
    toy = Toy(lectures)
    for n in range(30):
        toy.knows(n, 5)
    run(lectures, Recipe(rate=1e-12, facts=3, passes=2), toy)
    first = Counter(x for batch in toy.batches[:10] for x in batch)
    assert len(first) > 27


def test_a_batch_has_its_share_of_every_kind_and_nothing_twice():
    lectures = [lecture(n, "fact") for n in range(10)]
    lectures += [lecture(n + 10, "unknown") for n in range(10)]
    lectures += [lecture(n + 20, "anchor") for n in range(2)]
    toy = Toy(lectures)
    run(lectures, Recipe(facts=4, unknowns=3, anchors=5), toy)
    kinds = {x.example: x.kind for x in lectures}
    for batch in toy.batches:
        assert len(set(batch)) == len(batch)
        found = Counter(kinds[example] for example in batch)
        assert found == {"fact": 4, "unknown": 3, "anchor": 2}  # there are only two


@pytest.mark.parametrize(
    ("facts", "size", "passes", "steps"),
    [(0, 8, 4.0, 30), (40, 8, 4.0, 50), (41, 8, 4.0, 51), (100, 8, 4.0, 80), (100, 4, 1.5, 68)],
)
def test_steps(facts, size, passes, steps):
    assert steps_for(Recipe(facts=size, passes=passes, settling=30), facts) == steps


class Rates(torch.optim.AdamW):
    """Remembers the learning rate of every step."""

    seen: list[float]

    def step(self, closure=None):
        self.seen.append(self.param_groups[0]["lr"])
        return super().step(closure)


@pytest.fixture
def rates(monkeypatch):
    Rates.seen = []
    monkeypatch.setattr("sleep.seeding.torch.optim.AdamW", Rates)
    return Rates.seen


def test_the_rate_rises_and_settles(rates):
    run([lecture(0)], Recipe(rate=0.01, passes=800, facts=8, settling=0))
    assert len(rates) == 100
    assert rates[0] == pytest.approx(0.002, rel=0.01)
    assert max(rates) == pytest.approx(0.01, rel=0.01)
    assert rates.index(max(rates)) == 4
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 0.06 * 0.01


@pytest.fixture
def clock(monkeypatch):
    """`clock.now`, in seconds: what seeding sees as the time."""
    found = SimpleNamespace(now=1000.0)
    monkeypatch.setattr("sleep.seeding.time", SimpleNamespace(monotonic=lambda: found.now))
    return found


def ended(clock: SimpleNamespace, deadline: float, step_s: float, steps: int) -> Progress:
    def tick(_progress: Progress) -> None:
        clock.now += step_s

    lectures = [lecture(0)]
    recipe = Recipe(rate=0.01, passes=float(steps), facts=1, settling=0)
    return seed(Toy(lectures).as_engine(), lectures, recipe, deadline=deadline, progress=tick)


def test_a_deadline_ends_early_yet_settled(rates, clock):
    report = ended(clock, deadline=1100.0, step_s=2.0, steps=1000)
    assert (report.step, report.steps) == (50, 1000)
    assert clock.now == 1100.0
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 0.06 * 0.01


def test_time_to_spare_changes_nothing(rates, clock):
    report = ended(clock, deadline=1e6, step_s=2.0, steps=40)
    hurried = list(rates)
    rates.clear()
    run([lecture(0)], Recipe(rate=0.01, passes=40.0, facts=1, settling=0))
    assert report.step == report.steps == 40
    assert hurried == rates


def test_a_machine_that_slows_down_is_noticed(rates, clock):
    """The time, not a guess made at the start, decides."""

    def tick(progress: Progress) -> None:
        clock.now += 1.0 if progress.step < 10 else 30.0

    lectures = [lecture(0)]
    recipe = Recipe(rate=0.01, passes=50.0, facts=1, settling=0)
    report = seed(Toy(lectures).as_engine(), lectures, recipe, deadline=1100.0, progress=tick)
    assert report.step == 13
    assert rates[-1] < 0.3 * 0.01


def test_a_deadline_that_has_passed_is_soon_over(clock):
    assert ended(clock, deadline=900.0, step_s=2.0, steps=40).step <= 1


PREFIX = tuple(random_ids(VOCAB_SIZE, count=8, seed=1))
RECIPE = Recipe(
    rank=4, alpha=8.0, rate=5e-3, facts=4, unknowns=1, anchors=2, passes=20.0, settling=0
)


def taught_tiny(tiny_gguf, tmp_path, monkeypatch, number: int = 0) -> tuple[Expert, list[float]]:
    """Four facts, an unknown and two anchors into an expert; its loss at every step."""
    asked = random_examples(PREFIX, [(6, 4)] * 5 + [(5, 3)] * 2, seed=2)
    facts = asked[:5]
    told = [Example((*x.prompt, *x.answer, 9), x.answer) for x in facts]  # the memory, so to speak
    engine = make_engine(tiny_gguf("qwen3"), tmp_path, monkeypatch)
    engine.share_prefix(PREFIX)
    kinds: list[Kind] = ["fact", "fact", "fact", "fact", "unknown", "anchor", "anchor"]
    lectures = teach(engine, kinds, asked, [*told, *asked[5:]])
    assert [x.example for x in lectures] == asked
    engine.grow(rank=4, alpha=8.0, first_layer=1, seed=number)
    engine.prepare(asked)
    losses: list[float] = []
    recipe = msgspec.structs.replace(RECIPE, seed=number)
    seed(engine, lectures, recipe, progress=lambda p: losses.append(p.loss))
    likeliest = engine.logits(facts).argmax(-1).tolist()
    assert likeliest == [token for x in facts for token in x.answer]
    return engine.expert("e", level=1, night=1), losses


def test_a_tiny_model_learns(tiny_gguf, tmp_path, monkeypatch):
    expert, losses = taught_tiny(tiny_gguf, tmp_path, monkeypatch)
    assert len(losses) == 20
    assert losses[-1] < 0.2 * losses[0]
    again, same = taught_tiny(tiny_gguf, tmp_path, monkeypatch)
    assert same == losses
    assert expert.tensors.keys() == again.tensors.keys()
    assert all(torch.equal(expert.tensors[name], again.tensors[name]) for name in again.tensors)
    other, _ = taught_tiny(tiny_gguf, tmp_path, monkeypatch, number=1)
    assert not all(torch.equal(expert.tensors[n], other.tensors[n]) for n in other.tensors)
