"""Peak memory of a few training steps, as a program: bytes before the model and at the most.

    python -m tests.sleep.measure WEIGHTS BATCH OWN ANSWER [STEPS]

Prints the peak of the process before the weights are loaded, and at the end.
"""

import resource
import sys
from pathlib import Path

import numpy as np
import torch

from sleep.engines import Example, TrainingFolder, model
from sleep.engines.peft import PeftEngine
from sleep.memory_plan import Lengths
from sleep.seeding import Recipe

PREFIX = list(range(5, 5 + Lengths().prefix))


def peak() -> int:
    """Bytes that this program has held at the most.

    Not the resource usage where Linux has better: that of a process includes what it was before it
    became this program, so that a large parent counts as well.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main(weights: str, batch: str, own: str, answer: str, steps: str = "3") -> None:
    setattr(model, "working_dtype", lambda _: torch.float32)  # noqa: B010
    before = peak()
    engine = PeftEngine(TrainingFolder(Path(weights), threads=1))
    rng = np.random.default_rng(0)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(int(i) for i in rng.integers(3, 400, count))

    prompt = int(own) - int(answer) + 1
    examples = [
        Example((*PREFIX, *ids(prompt)), ids(int(answer)), len(PREFIX)) for _ in range(int(batch))
    ]
    recipe = Recipe()
    engine.share_prefix(PREFIX)
    engine.grow(
        rank=recipe.rank,
        alpha=recipe.alpha,
        first_layer=int(recipe.depth * engine.n_layers),
        seed=0,
    )
    engine.prepare(examples)
    optimizer = torch.optim.AdamW(engine.parameters(), lr=1e-4)
    wanted = torch.tensor([token for x in examples for token in x.answer])
    for _ in range(int(steps)):
        torch.nn.functional.cross_entropy(engine.logits(examples), wanted).backward()
        optimizer.step()
        optimizer.zero_grad()
    print(before, peak())


if __name__ == "__main__":
    main(*sys.argv[1:])
