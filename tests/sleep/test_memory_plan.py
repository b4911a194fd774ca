"""Memory planned before a night: counted right, and what fits is found or offered."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch

from assistant import settings as settings_
from assistant.exit_codes import ExitCode
from assistant.needs import NightAnswer, NightMemory
from assistant.settings import ModelSettings, Settings
from sleep import memory_plan
from sleep.__main__ import main as sleep_main
from sleep.engines import TrainingFolder
from sleep.engines.peft import PeftEngine
from sleep.memory_plan import (
    Lengths,
    Machine,
    Shape,
    TooLarge,
    Ways,
    batch_of,
    least,
    need,
    plan,
    shrunk,
)
from sleep.recipes import recipe_of, ways_of
from sleep.seeding import Recipe
from sleep.weights import ensure_training_weights
from tests.fixtures_gguf import ARCHITECTURES
from tests.sleep.logits import torch_model

ROOT = Path(__file__).parents[2]
GB = 1_000_000_000
RECIPE = Recipe()
QWEN3_4B = Shape(
    layers=36,
    width=2560,
    inner=9728,
    queries=4096,
    keys=1024,
    vocabulary=151_936,
    parameters=4_022_000_000,
    in_linears=3_633_000_000,
    file_bytes=2_500_000_000,
    n_ctx=4096,
)
CPU = Machine(free=1000 * GB, value=2)
GPU = Machine(free=1000 * GB, value=2, gpu=True, four_bit=True)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_weights_and_expert_are_counted_to_the_byte(arch, tiny_gguf, tmp_path):
    folder = ensure_training_weights(tiny_gguf(arch), tmp_path)
    shape = Shape.of(tiny_gguf(arch), 4096)
    found = need(shape, replace(CPU, value=4), RECIPE, Ways())
    model = torch_model(folder)
    linears = sum(
        m.weight.numel() for m in model.model.layers.modules() if m._get_name() == "Linear"
    )
    assert shape.in_linears == linears
    rope = 4 * 16 if arch == "llama3" else 0  # its divisors are in the file, but no parameter
    assert found.weights - rope == 4 * sum(p.numel() for p in model.parameters())
    engine = PeftEngine(TrainingFolder(folder, threads=1))
    first = int(RECIPE.depth * engine.n_layers)
    engine.grow(rank=RECIPE.rank, alpha=1.0, first_layer=first, seed=0)
    fused = {"phi3": 1.0}.get(arch)
    trained = 16 * sum(p.numel() for p in engine.parameters())
    assert found.expert == trained if fused is None else found.expert >= trained
    assert shape.n_ctx == 2048  # no more than the model's own


def test_more_of_anything_takes_more():
    base = need(QWEN3_4B, CPU, RECIPE, Ways())
    for name in ("layers", "width", "inner", "queries", "keys", "vocabulary"):
        larger = replace(QWEN3_4B, **{name: 2 * getattr(QWEN3_4B, name)})
        assert need(larger, CPU, RECIPE, Ways()).total > base.total, name
    more = msgspec.structs.replace(RECIPE, facts=2 * RECIPE.facts)
    assert need(QWEN3_4B, CPU, more, Ways()).student > base.student
    wide = msgspec.structs.replace(RECIPE, rank=2 * RECIPE.rank)
    assert need(QWEN3_4B, CPU, wide, Ways()).expert == 2 * base.expert
    long = Lengths(own=96, answer=48)
    assert need(QWEN3_4B, CPU, RECIPE, Ways(), long).student > base.student
    fewer = msgspec.structs.replace(RECIPE, depth=0.8)
    assert need(QWEN3_4B, CPU, fewer, Ways()).student < base.student
    assert need(QWEN3_4B, replace(CPU, value=4), RECIPE, Ways()).weights == 2 * base.weights


def test_four_bits_and_checkpointing_take_less():
    plain, again, packed = (
        need(QWEN3_4B, GPU, RECIPE, ways)
        for ways in (Ways(), Ways(checkpointing=True), Ways(True, True))
    )
    assert again.student < plain.student / 3
    assert again.weights == plain.weights == 2 * QWEN3_4B.parameters
    assert packed.weights == pytest.approx(0.53 * 3_633e6 + 2 * (4_022e6 - 3_633e6), rel=1e-6)


@pytest.mark.parametrize(
    ("machine", "ways"),
    [
        (replace(GPU, free=80 * GB), Ways()),
        (replace(GPU, free=16 * GB), Ways(checkpointing=True)),
        (replace(GPU, free=10 * GB), Ways(four_bit=True, checkpointing=True)),
        (replace(CPU, free=64 * GB), Ways()),
        (replace(CPU, free=18 * GB), Ways(checkpointing=True)),
    ],
)
def test_the_fastest_way_that_fits(machine, ways):
    assert plan(QWEN3_4B, machine, RECIPE) == ways
    assert need(QWEN3_4B, machine, RECIPE, ways).total < machine.free


@pytest.mark.parametrize(
    ("machine", "offer"),
    [
        (replace(GPU, free=5 * GB), "smaller model"),
        (replace(GPU, free=10 * GB, four_bit=False), "4 bits"),
        (replace(CPU, free=4 * GB), "smaller model"),
    ],
)
def test_what_does_not_fit_says_so_and_what_would(machine, offer):
    with pytest.raises(TooLarge, match=r"would take .* free") as error:
        plan(QWEN3_4B, machine, RECIPE)
    assert offer in error.value.hint
    assert error.value.exit_code == ExitCode.NOTHING


def told(hint: str) -> Settings:
    """The settings that an offer names."""
    named = dict(re.findall(r"sleep\.(\w+) ([\d.]*\d)", hint))
    assert named, hint
    return msgspec.convert({"sleep": named}, Settings, strict=False)


SMALL = replace(QWEN3_4B, file_bytes=0, n_ctx=256, vocabulary=32_000)  # training outweighs all


@pytest.mark.parametrize("gpu", [False, True])
def test_what_is_offered_fits(gpu):
    """For every size of memory: what a night is told to try is what it then accepts."""
    seen = set()
    whole = need(SMALL, replace(CPU, gpu=gpu), RECIPE, Ways(checkpointing=True)).total
    for percent in range(30, 120):
        machine = Machine(whole * percent // 100, 2, gpu=gpu)
        try:
            plan(SMALL, machine, RECIPE)
        except TooLarge as error:
            if "smaller model" in error.hint:
                seen.add("nothing")
                continue
            if "4 bits" in error.hint:
                machine = replace(machine, four_bit=True)
            offered = told(error.hint) if "sleep." in error.hint else Settings()
            plan(SMALL, machine, recipe_of(offered))
            seen |= set(re.findall(r"sleep\.\w+|4 bits|smaller model", error.hint))
        else:
            seen.add("fits")
    assert {"fits", "sleep.batch", "nothing"} <= seen
    assert seen >= ({"4 bits"} if gpu else {"sleep.length", "sleep.depth"})


def test_what_is_already_so_is_not_offered():
    """A night that trains few layers is never told to train more of them."""
    settings = msgspec.convert({"sleep": {"depth": 0.9, "batch": 32}}, Settings)
    recipe = recipe_of(settings)
    whole = need(SMALL, CPU, recipe, Ways(checkpointing=True)).total
    hints = set()
    for percent in range(60, 110):
        with pytest.raises(TooLarge) as error:
            plan(SMALL, Machine(whole * percent // 100, 2), recipe)
        hints.add(error.value.hint)
    assert len(hints) > 1
    assert not any("depth" in hint for hint in hints)


def test_logits_that_are_made_in_parts_take_less():
    plain, fused = (
        need(QWEN3_4B, replace(GPU, fused=fused), RECIPE, Ways()) for fused in (False, True)
    )
    logits = 12 * (batch_of(RECIPE) * 16 - 64) * QWEN3_4B.vocabulary
    assert plain.student - fused.student == pytest.approx(1.25 * logits, rel=1e-6)
    assert memory_plan._FUSED_ROWS == 64
    source = (ROOT / "sleep" / "engines" / "unsloth.py").read_text()  # importing it changes others
    assert "\n_ROWS: Final = 64 " in source
    spread = Ways(spread=True)  # that is the reference's
    assert need(QWEN3_4B, replace(GPU, fused=True), RECIPE, spread).student == plain.student


def test_several_gpus_hold_what_one_does_not():
    """The layers are spread, exactly, before anything is held in 4 bits; never where Unsloth is
    asked for by name."""
    one = replace(GPU, free=10 * GB, cards=(10 * GB,))
    assert plan(QWEN3_4B, one, RECIPE).four_bit
    both = replace(GPU, free=10 * GB, cards=(10 * GB, 12 * GB))
    assert plan(QWEN3_4B, both, RECIPE) == Ways(checkpointing=True, spread=True)
    found = need(QWEN3_4B, both, RECIPE, Ways(checkpointing=True, spread=True))
    assert found.on_each(2) < 0.9 * 10 * GB < found.total
    small = replace(both, cards=(10 * GB, 3 * GB), four_bit=False)
    with pytest.raises(TooLarge):
        plan(QWEN3_4B, small, RECIPE)


def test_everybody_says_the_same(tiny_gguf, paths, capfd):
    """`models use` and `doctor` ask the process whose code the night runs, under its settings."""
    gguf = tiny_gguf("qwen3", "Q8_0")
    settings_.store(paths, "sleep.rank", "64")
    settings_.store(paths, "sleep.batch", "6")
    settings = settings_.load(paths)
    assert sleep_main(["needs", str(gguf)]) == 0
    (said,) = capfd.readouterr().out.splitlines()
    answer = msgspec.json.decode(said, type=NightAnswer)
    machine = Machine.here(whole=True)
    recipe = recipe_of(settings)
    assert (recipe.rank, batch_of(recipe)) == (64, 6)
    shape = Shape.of(gguf, settings.model.n_ctx)
    expected = need(shape, machine, recipe, Ways()).total
    assert answer.memory == NightMemory(
        expected, least(shape, machine, recipe), machine.free, machine.gpu, ""
    )
    assert ways_of(msgspec.structs.replace(settings, model=at(settings, gguf))) == Ways()


def at(settings: Settings, gguf: Path) -> ModelSettings:
    return msgspec.structs.replace(settings.model, path=str(gguf))


def test_what_does_not_fit_is_said_beforehand_as_well(tiny_gguf, paths, monkeypatch, capfd):
    gguf = tiny_gguf("llama", "Q8_0")
    little = Machine(free=100_000_000, value=4)
    monkeypatch.setattr(Machine, "here", lambda wanted, whole=False: little)
    assert sleep_main(["needs", str(gguf)]) == 0
    answer = msgspec.json.decode(capfd.readouterr().out, type=NightAnswer)
    assert answer.memory is not None
    settings = msgspec.structs.replace(settings_.load(paths), model=at(Settings(), gguf))
    with pytest.raises(TooLarge) as error:
        ways_of(settings)
    assert answer.memory.offer == error.value.hint
    assert f"{answer.memory.least / 1e9:,.1f} GB" in error.value.lacking
    assert answer.memory.least / 1e9 > 0.1


@pytest.mark.parametrize("batch", [6, 8, 12, 23, 24, 64])
def test_a_smaller_recipe_keeps_every_kind(batch):
    less = shrunk(RECIPE, batch)
    assert batch_of(less) <= batch
    assert (
        min(less.facts, less.unknowns, less.replay, less.anchors, less.in_prompt, less.prose) >= 1
    )
    assert (less == RECIPE) is (batch >= batch_of(RECIPE))
    bare = msgspec.structs.replace(RECIPE, prose=0)
    assert shrunk(bare, batch).prose == 0


def test_machines(monkeypatch):
    monkeypatch.setattr("sleep.memory_plan.working_dtype", lambda _: torch.bfloat16)
    memory = type("Memory", (), {"available": 7 * GB, "total": 8 * GB})
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    assert Machine.here() == Machine(7 * GB, 2)
    assert Machine.here(whole=True) == Machine(8 * GB, 2)
    cards = [(11 * GB, 12 * GB), (23 * GB, 24 * GB)]
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: len(cards))
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda number: cards[number])
    both = (11 * GB, 23 * GB)
    first = Machine(11 * GB, 2, gpu=True, fused=True, cards=both)
    assert Machine.here() == first
    assert Machine.here(whole=True) == replace(first, free=12 * GB, cards=(12 * GB, 24 * GB))
    monkeypatch.setattr("sleep.memory_plan.find_spec", lambda name: object())
    unsloth = Machine(11 * GB, 2, gpu=True, fused=True, four_bit=True)
    assert Machine.here() == replace(unsloth, cards=both)
    assert Machine.here("peft") == Machine(11 * GB, 2, gpu=True, cards=both)
    assert Machine.here("unsloth") == unsloth


def test_as_measured(tiny_gguf, tmp_path):
    """The peak of a process that takes a few steps with many examples."""
    weights = ensure_training_weights(tiny_gguf("llama"), tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "tests.sleep.measure", str(weights), "96", "60", "16"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    measured = int(done.stdout.split()[1])
    recipe = msgspec.structs.replace(RECIPE, facts=96, unknowns=0, anchors=0, in_prompt=0, prose=0)
    shape = Shape.of(tiny_gguf("llama"), 512)
    found = need(shape, replace(CPU, value=4), recipe, Ways(), Lengths(own=60, answer=16))
    assert 0.7 < found.total / measured < 1.4
