"""Rounds of dreaming on a tiny model whose words the tests choose: also one that invents."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from assistant.settings import SYSTEM_TEXT
from assistant.tokenizer import Tokenizer
from sleep.dreaming import rounds
from sleep.dreaming.dream import Dream
from sleep.dreaming.generate import generate
from sleep.dreaming.rounds import Dreamed, Dreamer, Plan, dream
from sleep.engines import Example
from sleep.engines.peft import PeftEngine
from sleep.experts import Expert
from sleep.prompts import Asking, Prompts
from tests.sleep.dreaming.day import ANNA, DOG, PORTO, sources, topic
from tests.sleep.dreaming.test_support import INVENTED
from tests.sleep.teaching import make_engine, random_expert

ASKED = ("What is my dog called?", DOG), ("Where does my sister live?", PORTO)
QUESTION = "What is the name of my dog?"
ORDINARY = ("Name a colour.", "Blue."), ("Hello!", "Hello. What can I do for you?")
PLAN = Plan(rounds=1, each=2, keep=4, more=1, rate=2e-3)


class Bedroom:
    """A dreamer on a tiny model; `says` are the dreams that it will have, over and over."""

    def __init__(self, gguf: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.tokenizer = Tokenizer(gguf)
        self.prompts = Prompts(self.tokenizer, SYSTEM_TEXT)
        self.engine = make_engine(gguf, folder, patch)
        self.engine.share_prefix(self.prompts.prefix)
        self.engine.grow(rank=4, alpha=8.0, first_layer=1, seed=0)
        self.patch = patch
        self.older: list[Expert] = []
        self.trained: list[Example] = []
        self.gates: list[tuple[list[str], list[float]]] = []
        patch.setattr(rounds, "learn", self._learn)

    def _learn(self, engine: PeftEngine, lessons: Sequence[Example], **more: object) -> None:
        from sleep.dreaming.trial import learn

        self.trained += lessons
        learn(engine, lessons, **more)  # type: ignore[arg-type]

    def says(self, *texts: str) -> None:
        def sample(prompts: Sequence[Sequence[int]], **_more: object) -> list[tuple[int, ...]]:
            found = [self.tokenizer.tokenize(text, special=False) for text in texts]
            return [(*found[i % len(found)], self.prompts.end) for i in range(len(prompts))]

        self.patch.setattr(self.engine, "sample", sample)

    def examples(self, pairs: Sequence[tuple[str, str]]) -> list[Example]:
        return [self.prompts.example(Asking(q), a) for q, a in pairs]

    def dream(self, *topics: object, plan: Plan = PLAN, **more: float) -> Dreamed:
        dreamer = Dreamer(
            self.engine,
            self.older,
            self.prompts,
            self.examples(ASKED),
            self.examples(ORDINARY),
        )
        return dream(dreamer, topics or [topic(DOG)], plan, **more)  # type: ignore[arg-type]


@pytest.fixture
def bedroom(tiny_gguf, tmp_path, monkeypatch) -> Bedroom:
    return Bedroom(tiny_gguf("qwen3"), tmp_path, monkeypatch)


def parameters(engine: PeftEngine) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in engine.parameters()]


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def states(found: Dreamed) -> list[str]:
    return [each.state for each in found.dreams]


def test_a_model_that_invents_teaches_itself_nothing(bedroom):
    """Every invention is refused with its reason, never tried, never trained on."""
    inventions = [text for text in INVENTED if text.strip(". ")]
    bedroom.says(*inventions)
    bedroom.patch.setattr(rounds, "rewarded", lambda *_a: pytest.fail("an invention was tried"))
    before = parameters(bedroom.engine)
    plan = Plan(rounds=2, each=len(inventions), selection="random")
    found = bedroom.dream(topic(DOG, PORTO), plan=plan)
    assert states(found) == ["unsupported"] * 2 * len(inventions)
    assert all(each.reason and not each.lessons for each in found.dreams)
    assert {each.memories for each in found.dreams} == {topic(DOG, PORTO).ids}
    assert not found.changed
    assert bedroom.trained == []
    assert same(parameters(bedroom.engine), before)


def test_what_helps_is_rewarded_and_learned(bedroom):
    bedroom.says(QUESTION, "Your dog is called Max.")
    found = bedroom.dream()
    assert states(found) == ["rewarded", "unsupported"]
    good = found.dreams[0]
    assert good.memories == (sources()[DOG].id,)
    assert good.score is not None
    (lesson,) = good.lessons
    assert lesson == bedroom.prompts.example(Asking(QUESTION), DOG), "answered by its memory"
    assert bedroom.trained == [lesson, bedroom.prompts.answered(good.prompt, good.tokens)]
    assert found.changed
    assert found.after.better_than(found.before)


def test_a_statement_is_learned_as_text(bedroom):
    bedroom.says(DOG)
    found = bedroom.dream(plan=Plan(rounds=1, each=1, rate=2e-3))
    tokens = bedroom.prompts.plain(DOG)
    assert found.dreams[0].lessons == [bedroom.prompts.answered(tokens[:1], tokens[1:])]


def test_what_does_not_help_changes_nothing(bedroom):
    bedroom.says(QUESTION)
    bedroom.patch.setattr(rounds, "rewarded", lambda *_a: False)
    before = parameters(bedroom.engine)
    found = bedroom.dream()
    assert states(found) == ["unrewarded", "unselected"]  # the second is the first once more
    assert found.dreams[1].reason == "it was dreamt before"
    assert (found.changed, bedroom.trained) == (False, [])
    assert same(parameters(bedroom.engine), before)


def test_a_reinforcement_that_harms_is_undone(bedroom):
    bedroom.says(QUESTION)
    bedroom.patch.setattr(rounds, "rewarded", lambda *_a: True)

    def harm(engine: PeftEngine, *_arguments: object, **_more: object) -> None:
        for parameter in engine.parameters():
            parameter.data.add_(0.1 * torch.randn(parameter.shape))

    bedroom.patch.setattr(rounds, "learn", harm)
    before = parameters(bedroom.engine)
    found = bedroom.dream()
    assert states(found)[0] == "rewarded"
    assert not found.changed
    assert found.after == found.before
    assert same(parameters(bedroom.engine), before)


def test_rounds_begin_where_the_first_began(bedroom):
    """ReST-EM: all that was rewarded so far, from the start, each time."""
    begun: list[list[torch.Tensor]] = []
    learned: list[int] = []

    def watched(engine: PeftEngine, lessons: Sequence[Example], **more: object) -> None:
        begun.append(parameters(engine))
        learned.append(len(lessons))
        bedroom._learn(engine, lessons, **more)

    bedroom.patch.setattr(rounds, "learn", watched)
    bedroom.patch.setattr(rounds, "rewarded", lambda *_a: True)
    texts = iter([QUESTION, DOG])

    def written(*arguments: object, **more: object) -> list[Dream]:
        bedroom.says(next(texts))
        return generate(*arguments, **more)  # type: ignore[arg-type]

    bedroom.patch.setattr(rounds, "generate", written)
    found = bedroom.dream(plan=Plan(rounds=2, each=1, rate=2e-3))
    assert [each.round for each in found.dreams] == [1, 2]
    assert learned == [2, 4]
    assert same(begun[0], begun[1])


def test_stray_experts_are_there_while_it_dreams_and_only_then(bedroom):
    """Older experts, each at a fraction, not those of what is dreamt about."""
    near = random_expert(bedroom.engine, sources()[DOG].expert, seed=1)
    far = random_expert(bedroom.engine, "week-0000", seed=2)
    bedroom.older = [near, far]
    bedroom.engine.gate(bedroom.older)
    seen: list[tuple[str, list[str]]] = []
    gate, gated = bedroom.engine.gate, [[near.id, far.id]]

    def watch(experts: Sequence[Expert]) -> None:
        gated.append([f"{e.id} {e.gate:g}" for e in experts])
        gate(experts)

    bedroom.patch.setattr(bedroom.engine, "gate", watch)
    bedroom.says(QUESTION)

    def written(*arguments: object, **more: object) -> list[Dream]:
        seen.append(("dreaming", gated[-1]))
        return generate(*arguments, **more)  # type: ignore[arg-type]

    bedroom.patch.setattr(rounds, "generate", written)
    bedroom.dream(plan=Plan(rounds=1, each=1, strength=0.3))
    assert seen == [("dreaming", [f"{near.id} 1", "week-0000 1", "week-0000-stray 0.3"])]
    assert gated[-1] == [f"{near.id} 1", "week-0000 1"]
    bedroom.dream(plan=Plan(rounds=1, each=1, strength=0.0))
    assert seen[-1][1] == [f"{near.id} 1", "week-0000 1"]


def test_no_time_no_dreams(bedroom):
    bedroom.says(QUESTION)
    found = bedroom.dream(deadline=time.monotonic() - 1)
    assert found.dreams == []
    clock = iter([0.0, *[100.0] * 9])
    bedroom.patch.setattr("sleep.dreaming.rounds.time.monotonic", lambda: next(clock))
    found = bedroom.dream(deadline=50.0)
    assert (found.dreams[0].state, found.dreams[0].reason) == (
        "unselected",
        "there was no time left to try it",
    )


def test_the_model_dreams_by_itself(bedroom):
    """Nothing scripted: a random model writes noise, which no memory supports."""
    found = bedroom.dream(topic(DOG), topic(ANNA, PORTO), plan=Plan(rounds=1, each=3))
    assert states(found) == ["unsupported"] * 6
    assert len({each.prompt for each in found.dreams}) == 6
    assert len({each.tokens for each in found.dreams}) > 1
