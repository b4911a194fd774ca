"""One engine through everything the interface offers, its findings as tensors.

The same trial runs in the tests' own process on the reference engine, and as a program on Unsloth,
which changes transformers wherever it is imported:

    python -m tests.sleep.trial FOLDER...

Each folder holds `weights` (a link), `older` experts and gets `found` and `new`.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from sleep.engines import Engine, TrainingFolder, open_engine
from sleep.experts import Expert, load_experts, save_experts
from sleep.losses import log_probs
from tests.fixtures_gguf import EOS_ID, VOCAB_SIZE
from tests.sleep.examples import random_examples, random_ids

PREFIX = random_ids(VOCAB_SIZE, count=9, seed=1)
LENGTHS = [(12, 5), (30, 8), (6, 3), (1, 1), (40, 12), (20, 4), (0, 3)]
EXAMPLES = random_examples(PREFIX, LENGTHS)
PROMPTS = [random_ids(VOCAB_SIZE, count=n, seed=n) for n in (7, 3, 12, 7)]
TOP = 12
CHECKPOINTED = ("qwen2", "gemma3")  # on Unsloth, these compute their activations again
STEPS = 4


def run(engine: Engine, first_layer: int = 1) -> tuple[dict[str, Tensor], Expert]:
    """Teach, grow, train, sample, gate: what was said each time, every loss, and the expert."""
    engine.share_prefix(PREFIX)
    before = engine.teach(EXAMPLES, TOP)
    engine.grow(rank=4, alpha=8.0, first_layer=first_layer, seed=3)
    engine.prepare(EXAMPLES)
    born = engine.expert("born", level=1, night=2)
    answer = torch.tensor([token for x in EXAMPLES for token in x.answer])
    optimizer = torch.optim.AdamW(engine.parameters(), lr=0.01, weight_decay=0.0)
    found = {
        "teacher": torch.cat([x.logprobs for x in before]),
        "teacher_tokens": torch.cat([x.tokens for x in before]),
        "born": engine.logits(EXAMPLES).detach().clone(),
    }
    losses = []
    for _ in range(STEPS):
        loss = torch.nn.functional.cross_entropy(engine.logits(EXAMPLES), answer)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    found["losses"] = torch.tensor(losses)
    found["trained"] = engine.logits(EXAMPLES).detach().clone()
    wanted = found["teacher_tokens"]
    whole = kept(lambda: log_probs(engine.logits(EXAMPLES), wanted))
    found["kept"] = torch.tensor([whole, kept(lambda: engine.log_probs(EXAMPLES, wanted))])
    (-engine.log_probs(EXAMPLES, wanted).mean()).backward()
    found["log_probs"] = engine.log_probs(EXAMPLES, wanted).detach().clone()
    found["gradient"] = torch.stack(
        [p.grad.norm() for p in engine.parameters() if p.grad is not None]
    )
    optimizer.zero_grad()
    found["one"] = engine.logits([EXAMPLES[4]]).detach().clone()
    for name, temperature in (("greedy", 0.0), ("drawn", 1.0)):
        for who in ("student", "teacher"):
            said = engine.sample(
                PROMPTS, length=6, temperature=temperature, seed=5, ends=[EOS_ID],
                student=who == "student",
            )  # fmt: skip
            found[f"{name} by {who}"] = torch.tensor([(*ids, *[-1] * 6)[:6] for ids in said])
    expert = engine.expert("new", level=1, night=2)
    after = engine.teach(EXAMPLES, TOP)
    found["teacher after"] = torch.cat([x.logprobs for x in after])
    engine.gate([expert])
    engine.restore(born)
    engine.prepare(EXAMPLES)
    found["gated"] = engine.logits(EXAMPLES).detach().clone()
    return found, expert


def kept(forward: Callable[[], Tensor]) -> int:
    """Bytes that this keeps for its backward pass."""
    sizes: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        sizes.append(tensor.nbytes)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        forward()
    return sum(sizes)


def main(folders: Sequence[str]) -> None:
    import tests.guards  # noqa: F401  # no network here either
    from sleep.engines import model, unsloth

    # Whatever is fastest on this machine: the reference, too, computes in this type.
    setattr(model, "working_dtype", lambda _: torch.float32)  # noqa: B010
    setattr(unsloth, "_ROWS", 10)  # noqa: B010  # of the answers' 36: several parts, one of them less
    for folder in map(Path, folders):
        older = tuple(load_experts(folder / "older"))
        weights = (folder / "weights").resolve()
        again = folder.name in CHECKPOINTED
        engine = open_engine(TrainingFolder(weights, older, 1, checkpointing=again), "unsloth")
        found, expert = run(engine)
        save_file(found, folder / "found")
        save_experts(folder / "new", [expert])


if __name__ == "__main__":
    main(sys.argv[1:])
