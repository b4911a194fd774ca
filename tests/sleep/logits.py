"""Logits of the same token ids from llama.cpp and from torch, for tests that compare them."""

from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModelForCausalLM

from tests.fixtures_gguf import silence_llama_cpp
from tests.sleep.examples import random_ids as random_ids

torch.set_num_threads(1)  # tiny models: more threads only wait for each other

Logits = npt.NDArray[np.float32]


def served_logits(gguf: Path, ids: list[int]) -> Logits:
    """[len(ids), vocabulary], from llama.cpp with as little rounding of its own as it allows."""
    silence_llama_cpp()
    model = llama_cpp.Llama(
        str(gguf),
        n_ctx=len(ids),
        n_batch=len(ids),
        n_threads=1,
        logits_all=True,
        type_k=llama_cpp.GGML_TYPE_F32,
        type_v=llama_cpp.GGML_TYPE_F32,
        flash_attn=False,
        verbose=False,
    )
    model.eval(ids)
    logits: Logits = np.array(model.scores[: len(ids)], dtype=np.float32)
    model.close()
    return logits


def torch_model(folder: Path) -> Any:
    """The converted weights as a float32 torch model."""
    return AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def trained_logits(model: Any, ids: list[int]) -> Logits:
    """[len(ids), vocabulary], from a torch model."""
    with torch.no_grad():
        logits: Logits = model(torch.tensor([ids])).logits[0].float().numpy()
    return logits


def divergence(one: Logits, other: Logits) -> float:
    """Largest Kullback-Leibler divergence of any position, in nats."""
    p, q = (torch.log_softmax(torch.tensor(x).double(), -1) for x in (one, other))
    return float((p.exp() * (p - q)).sum(-1).max())
