"""Training steps, rollouts and peak memory of both engines, and of Unsloth's own SFT step.

    python tests/benchmarks/bench_train.py --shapes 0.6b 4b --bits 16 4 \
        --batches 8 24 --lengths 64 256 --folder /a/large/disk

Models are random, of the shapes of Qwen3-0.6B and Qwen3-4B (`tiny` runs on any CPU); how fast they
are does not depend on what they say. Every combination runs in a process of its own. `sft` is
FastLanguageModel with labels, that is with Unsloth's fused loss, on the same rows. One JSON object
a line, then a table: median seconds of a step after two that do not count, tokens per second drawn
from the student, peak bytes (of the GPU, or of the process).
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # started as a script, from anywhere

import assistant.quiet  # noqa: F401  # before any library that it silences

SHAPES: dict[str, dict[str, int]] = {
    "tiny": {
        "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 4, "head_dim": 32,
        "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 2048,
    },
    "0.6b": {
        "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "head_dim": 128,
        "num_attention_heads": 16, "num_key_value_heads": 8, "vocab_size": 151936,
    },
    "4b": {
        "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36, "head_dim": 128,
        "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 151936,
    },
}  # fmt: skip
ENGINES = ("peft", "unsloth", "sft")
PREFIX, ANSWER, RANK, DEPTH, DRAWN = 32, 16, 16, 0.4, 32
COLUMNS = ("shape", "bits", "batch", "length", "engine", "step_s", "drawn_per_s", "peak_gb")


def make_model(folder: Path, shape: str) -> Path:
    """A folder with a random model of this shape in bfloat16; made once."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, Qwen3Config

    made = folder / f"random-{shape}"
    if (made / "model.safetensors").exists():
        return made
    made.mkdir(parents=True, exist_ok=True)
    config = Qwen3Config(
        **SHAPES[shape], tie_word_embeddings=True, dtype="bfloat16",
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    config.architectures = ["Qwen3ForCausalLM"]
    config.save_pretrained(made)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    tensors = {
        name: torch.ones(p.shape, dtype=torch.bfloat16)
        if p.ndim == 1
        else torch.randn(p.shape, dtype=torch.bfloat16) * 0.02
        for name, p in model.named_parameters()
    }
    save_file(tensors, made / "model.safetensors.partial", metadata={"format": "pt"})
    (made / "model.safetensors.partial").rename(made / "model.safetensors")
    return made


def measure(
    model: Path, *, engine: str, bits: int, batch: int, length: int, steps: int, vocabulary: int
) -> dict[str, Any]:
    """One combination, in this process."""
    import torch

    from sleep.engines import Example, TrainingFolder, open_engine

    folder = TrainingFolder(model, four_bit=bits == 4)
    held: Any = open_engine(folder, "peft" if engine == "peft" else "unsloth")
    generator = torch.Generator().manual_seed(0)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(3, vocabulary, (count,), generator=generator).tolist())

    prefix = ids(PREFIX)
    own = length - PREFIX - ANSWER
    examples = [Example((*prefix, *ids(own)), ids(ANSWER), PREFIX) for _ in range(batch)]
    held.share_prefix(prefix)
    held.grow(rank=RANK, alpha=2.0 * RANK, first_layer=int(DEPTH * held.n_layers), seed=0)
    held.prepare(examples)
    wanted = torch.tensor([[t] for x in examples for t in x.answer], device=held.device)
    optimizer = torch.optim.AdamW(held.parameters(), lr=1e-5)
    rows = torch.tensor([[*x.prompt, *x.answer] for x in examples], device=held.device)
    labels = torch.cat([torch.full_like(rows[:, :-ANSWER], -100), rows[:, -ANSWER:]], 1)

    def loss() -> torch.Tensor:
        if engine != "sft":
            nats: torch.Tensor = -held.log_probs(examples, wanted).mean()  # as nights ask for it
            return nats
        with held._mixed():
            found: torch.Tensor = held._peft(input_ids=rows, labels=labels).loss
        return found

    def step() -> None:
        loss().backward()
        optimizer.step()
        optimizer.zero_grad()

    on_gpu = held.device.type in ("cuda", "xpu")
    gpu = torch.get_device_module(held.device) if on_gpu else None
    waiting: Callable[[], Any] = gpu.synchronize if gpu else lambda: None
    seconds = [timed(step, waiting) for _ in range(steps + 2)][2:]
    prompts = [x.prompt for x in examples]

    def draw() -> None:
        held.sample(prompts, length=DRAWN, temperature=1.0, seed=0, ends=[vocabulary - 1])

    drawn = min(timed(draw, waiting) for _ in range(2)) if engine != "sft" else None
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "device": torch.cuda.get_device_name() if held.device.type == "cuda" else held.device.type,
        "dtype": str(held.dtype).removeprefix("torch."),
        "step_s": statistics.median(seconds),
        "drawn_per_s": batch * DRAWN / drawn if drawn else None,
        "peak_gb": (gpu.max_memory_allocated() if gpu else memory) / 1e9,
    }


def timed(work: Callable[[], None], waiting: Callable[[], Any]) -> float:
    """Seconds that `work` takes until the device is done."""
    waiting()
    started = time.perf_counter()
    work()
    waiting()
    return time.perf_counter() - started


def run(case: dict[str, Any]) -> dict[str, Any]:
    """One combination in a process of its own; what went wrong stands under "error"."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", json.dumps(case)], capture_output=True, text=True
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        return case | {"error": lines[-1] if lines else f"exit code {done.returncode}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return case | found


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in rows:
        cells = [row.get(name, row.get("error", "")) for name in COLUMNS]
        shown = [f"{cell:.3g}" if isinstance(cell, float) else str(cell or "") for cell in cells]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["tiny"])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--bits", nargs="+", type=int, choices=(16, 4), default=[16])
    parser.add_argument("--batches", nargs="+", type=int, default=[8])
    parser.add_argument("--lengths", nargs="+", type=int, default=[64])
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--folder", type=Path, help="where the random models are made and kept")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        case = json.loads(options.one)
        wanted = {name: case[name] for name in ("engine", "bits", "batch", "length", "steps")}
        vocabulary = SHAPES[case["shape"]]["vocab_size"]
        print(json.dumps(measure(Path(case["model"]), vocabulary=vocabulary, **wanted)))
        return
    if options.folder is None:
        parser.error("--folder is needed")
    rows = []
    for shape in options.shapes:
        model = make_model(options.folder.absolute(), shape)
        sweep = itertools.product(options.bits, options.batches, options.lengths, options.engines)
        for bits, batch, length, engine in sweep:
            if (engine, bits) == ("peft", 4):
                continue  # the reference engine holds its base in 16 or 32 bits
            case = {
                "shape": shape, "bits": bits, "batch": batch, "length": length,
                "engine": engine, "steps": options.steps, "model": str(model),
            }  # fmt: skip
            rows.append(run(case))
            print(json.dumps(rows[-1]), flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
