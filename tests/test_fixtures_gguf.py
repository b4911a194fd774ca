from hashlib import sha256
from typing import Any

import numpy as np
import pytest

from assistant.native import Context, Model
from tests.fixtures_gguf import ARCHITECTURES, EOS_ID, make_tiny_gguf, silence_llama_cpp


@pytest.mark.parametrize("quant", ["F16", "Q4_1"])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_llama_cpp_loads_and_tokenizes(arch, quant, tmp_path):
    silence_llama_cpp()
    path = make_tiny_gguf(arch, tmp_path / "tiny.gguf", quant=quant)
    model = Model(path, n_gpu_layers=0)
    context = Context(model, n_ctx=64, n_threads=1)
    text = "<|im_start|>user\nWie heißt my dog?<|im_end|>\n"
    ids = model.tokenize(text, add_special=False, parse_special=True)
    assert b"".join(model.piece(token, special=True) for token in ids) == text.encode()
    assert model.tokenize(model.eos, add_special=False, parse_special=True) == [EOS_ID]
    context.decode([(token, at, 0, at == len(ids) - 1) for at, token in enumerate(ids)])
    logits = context.logits(len(ids) - 1)
    assert logits.shape == (model.n_vocab,)
    assert np.isfinite(logits).all()
    context.close()
    model.close()


def test_same_arguments_same_bytes(tmp_path):
    def digest(name: str, **arguments: Any) -> str:
        path = make_tiny_gguf("qwen3", tmp_path / name, **arguments)
        return sha256(path.read_bytes()).hexdigest()

    assert digest("a", quant="Q4_K_M") == digest("b", quant="Q4_K_M")
    assert digest("c", seed=1) != digest("d", seed=2)
