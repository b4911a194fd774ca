from hashlib import sha256
from typing import Any

import llama_cpp
import pytest

from tests.fixtures_gguf import ARCHITECTURES, EOS_ID, make_tiny_gguf, silence_llama_cpp


@pytest.mark.parametrize("quant", ["F16", "Q4_1"])
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_llama_cpp_loads_and_tokenizes(arch, quant, tmp_path):
    silence_llama_cpp()
    path = make_tiny_gguf(arch, tmp_path / "tiny.gguf", quant=quant)
    model = llama_cpp.Llama(str(path), n_ctx=64, n_threads=1, verbose=False)
    text = "<|im_start|>user\nWie heißt my dog?<|im_end|>\n".encode()
    ids = model.tokenize(text, add_bos=False, special=True)
    assert model.detokenize(ids, special=True) == text
    assert model.token_eos() == EOS_ID
    model.eval(ids)
    assert 0 <= model.sample(temp=0) < model.n_vocab()


def test_same_arguments_same_bytes(tmp_path):
    def digest(name: str, **arguments: Any) -> str:
        path = make_tiny_gguf("qwen3", tmp_path / name, **arguments)
        return sha256(path.read_bytes()).hexdigest()

    assert digest("a", quant="Q4_K_M") == digest("b", quant="Q4_K_M")
    assert digest("c", seed=1) != digest("d", seed=2)
