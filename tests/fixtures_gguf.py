"""Tiny random GGUF models of every architecture we train, for tests that need a real file.

The weights are random, but everything else is what llama.cpp expects: a byte-level BPE vocabulary,
a ChatML template, eos/bos/pad ids, grouped-query attention, and shapes wide enough for K-quants.
A model takes well under a second to make and 2 to 8 MB on disk.
"""

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import llama_cpp.llama_cpp as llama_library
import numpy as np
import numpy.typing as npt
import pytest

from assistant.native import crashes_on_amx

VOCAB_SIZE = 448
HIDDEN = 256
CONTEXT = 2048
ARCHITECTURES = ("llama", "llama3", "mistral", "qwen2", "qwen3", "gemma3", "phi3")
"""Names `make_tiny_gguf` takes. llama3 and mistral are `llama` files: one with the rope factors of
Llama 3.x, the other with an untied output layer and a head width of its own."""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
BOS_ID, EOS_ID, PAD_ID = 1, 2, 0

# Only its letter pairs matter: the merges of the vocabulary are learned from it.
CORPUS = (
    "It was a bright cold day and the woman who lived in the small house at the end of the road "
    "was thinking of her sister. What is the name of the dog that sleeps under the table? My "
    "brother works in the garden and my mother reads to the children every evening. You have not "
    "told me where you were born, or which town you would like to see again. There is nothing "
    "better than bread with butter, they said, and there was another thing that they wanted. "
    "Yesterday an old friend came for dinner and brought flowers, because it is your birthday. "
    "I work at a hospital near the river, my favourite colour is green, and we moved last spring. "
)

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shape:
    """Sizes of one tiny model, in elements; `arch` is GGUF's name for the architecture."""

    arch: str
    layers: int = 3
    heads: int = 8
    kv_heads: int = 4
    head_dim: int = 32
    ffn: int = 512
    tied: bool = True


SHAPES = {
    "llama": Shape("llama"),
    "llama3": Shape("llama", layers=2),
    "mistral": Shape("llama", head_dim=64, tied=False),
    "qwen2": Shape("qwen2"),
    "qwen3": Shape("qwen3", head_dim=64, tied=False),
    # Seven layers, because every sixth one looks at the whole context and the others at a window.
    "gemma3": Shape("gemma3", layers=7, heads=4, kv_heads=2, head_dim=128, ffn=256),
    "phi3": Shape("phi3", tied=False),
}


def make_tiny_gguf(
    arch: str, path: Path, seed: int = 0, quant: str = "F16", base_model: str = ""
) -> Path:
    """Write a tiny random model to `path` and return `path`.

    `arch` is one of `ARCHITECTURES`; `quant` is F32, F16 or a name of llama.cpp's file types such
    as Q4_1, Q4_K_M or Q8_0; `base_model` the address of the repository it says it was made from.
    Same arguments, same bytes.
    """
    if quant in ("F32", "F16"):
        _write(arch, path, seed, np.float32 if quant == "F32" else np.float16, base_model)
        return path
    unquantized = path.with_name(path.name + ".f16")
    _write(arch, unquantized, seed, np.float16, base_model)
    try:
        quantize(unquantized, path, quant)
    finally:
        unquantized.unlink()
    return path


def quantize(source: Path, target: Path, quant: str) -> None:
    """Let llama.cpp itself quantize `source` into `target`."""
    silence_llama_cpp()
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = 1
    params.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{quant}")
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(params)
    )
    if failed:
        raise RuntimeError(f"llama.cpp could not quantize {source} to {quant}")


def spare_amx() -> None:
    """Have llama-cpp-python's own class load models as `assistant.native` does: AMX may crash."""
    defaults = llama_library.llama_model_default_params

    def params() -> Any:
        found = defaults()
        found.use_extra_bufts = not crashes_on_amx()
        return found

    llama_library.llama_model_default_params = params


spare_amx()


@llama_cpp.llama_log_callback
def _drop_log(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
    """Take a line of llama.cpp's log and forget it."""


def silence_llama_cpp() -> None:
    """Stop llama.cpp from writing to stderr for the rest of the process."""
    llama_cpp.llama_log_set(_drop_log, ctypes.c_void_p(0))


@lru_cache
def vocabulary() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tokens and merges of a byte-level BPE: special tokens, the 256 bytes, then merges."""
    from tokenizers.pre_tokenizers import ByteLevel

    words: dict[tuple[str, ...], int] = {}
    for piece, _ in ByteLevel(add_prefix_space=False).pre_tokenize_str(CORPUS):
        words[tuple(piece)] = words.get(tuple(piece), 0) + 1
    tokens = [*SPECIAL_TOKENS, *sorted(ByteLevel.alphabet())]
    merges: list[str] = []
    while len(tokens) < VOCAB_SIZE:
        counts: dict[tuple[str, str], int] = {}
        for word, count in words.items():
            for pair in pairwise(word):
                counts[pair] = counts.get(pair, 0) + count
        left, right = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(f"{left} {right}")
        if left + right not in tokens:
            tokens.append(left + right)
        words = {_merge(word, left, right): count for word, count in words.items()}
    return tuple(tokens), tuple(merges)


def _merge(word: tuple[str, ...], left: str, right: str) -> tuple[str, ...]:
    merged: list[str] = []
    for symbol in word:
        if symbol == right and merged and merged[-1] == left:
            merged[-1] = left + right
        else:
            merged.append(symbol)
    return tuple(merged)


def _write(
    arch: str, path: Path, seed: int, dtype: type[np.float16 | np.float32], base_model: str
) -> None:
    shape = SHAPES[arch]
    writer = gguf.GGUFWriter(path, shape.arch)
    _add_metadata(writer, arch, shape)
    if base_model:
        writer.add_base_model_count(1)
        writer.add_base_model_repo_url(0, base_model)
    kind = gguf.LlamaFileType
    writer.add_file_type(kind.ALL_F32 if dtype is np.float32 else kind.MOSTLY_F16)
    for name, values in _tensors(arch, shape, np.random.default_rng(seed)):
        matrix = values.ndim == 2
        writer.add_tensor(name, values.astype(dtype) if matrix else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_metadata(writer: gguf.GGUFWriter, arch: str, shape: Shape) -> None:
    writer.add_name("Tiny random model")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base({"llama3": 500000.0, "gemma3": 1000000.0}.get(arch, 10000.0))
    if arch != "qwen2":
        writer.add_rope_dimension_count(shape.head_dim)
    if shape.head_dim * shape.heads != HIDDEN:
        writer.add_key_length(shape.head_dim)
        writer.add_value_length(shape.head_dim)
    if arch == "gemma3":
        writer.add_sliding_window(16)
    if shape.arch == "phi3":
        writer.add_rope_scaling_orig_ctx_len(CONTEXT)
    if shape.arch in ("llama", "phi3"):
        writer.add_vocab_size(VOCAB_SIZE)
    _add_vocabulary(writer)


def _add_vocabulary(writer: gguf.GGUFWriter) -> None:
    tokens, merges = vocabulary()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(list(tokens))
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if t in SPECIAL_TOKENS else normal for t in tokens])
    writer.add_token_merges(list(merges))
    writer.add_bos_token_id(BOS_ID)
    writer.add_eos_token_id(EOS_ID)
    writer.add_pad_token_id(PAD_ID)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensors(arch: str, shape: Shape, rng: np.random.Generator) -> Iterator[tuple[str, Float]]:
    """Every tensor by its GGUF name; matrices as [out, in], the order `GGUFWriter` expects."""

    def matrix(rows: int, columns: int) -> Float:
        return rng.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(columns))

    def norm(size: int) -> Float:
        return 1 + np.float32(0.1) * rng.standard_normal(size, np.float32)

    yield "token_embd.weight", matrix(VOCAB_SIZE, HIDDEN) * np.float32(2)
    yield "output_norm.weight", norm(HIDDEN)
    if not shape.tied:
        yield "output.weight", matrix(VOCAB_SIZE, HIDDEN)
    if arch == "llama3":
        yield "rope_freqs.weight", _llama3_rope_factors(shape.head_dim)
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", norm(HIDDEN)
        yield block + "ffn_norm.weight", norm(HIDDEN)
        if arch == "phi3":
            yield block + "attn_qkv.weight", matrix(queries + 2 * keys, HIDDEN)
            yield block + "ffn_up.weight", matrix(2 * shape.ffn, HIDDEN)
        else:
            yield block + "attn_q.weight", matrix(queries, HIDDEN)
            yield block + "attn_k.weight", matrix(keys, HIDDEN)
            yield block + "attn_v.weight", matrix(keys, HIDDEN)
            yield block + "ffn_gate.weight", matrix(shape.ffn, HIDDEN)
            yield block + "ffn_up.weight", matrix(shape.ffn, HIDDEN)
        yield block + "attn_output.weight", matrix(HIDDEN, queries)
        yield block + "ffn_down.weight", matrix(HIDDEN, shape.ffn)
        if arch == "qwen2":
            for name, size in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
                yield block + name + ".bias", norm(size) - 1
        if arch in ("qwen3", "gemma3"):
            yield block + "attn_q_norm.weight", norm(shape.head_dim)
            yield block + "attn_k_norm.weight", norm(shape.head_dim)
        if arch == "gemma3":
            yield block + "post_attention_norm.weight", norm(HIDDEN)
            yield block + "post_ffw_norm.weight", norm(HIDDEN)


def _llama3_rope_factors(head_dim: int) -> Float:
    """Frequency divisors of Llama 3.2: 1 for fast, 32 for slow dimensions, smooth between."""
    factor, low, high, original = 32.0, 1.0, 4.0, 8192
    wavelengths = 2 * np.pi * 500000.0 ** (np.arange(0, head_dim, 2) / head_dim)
    smooth = np.clip((original / wavelengths - low) / (high - low), 0, 1)
    factors: Float = (1 / ((1 - smooth) / factor + smooth)).astype(np.float32)
    return factors


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`tiny_gguf(arch, quant="F16", seed=0)`: a tiny model's path, made once per session."""
    folder = tmp_path_factory.mktemp("gguf")

    def get(arch: str, quant: str = "F16", seed: int = 0) -> Path:
        path = folder / f"{arch}-{quant}-{seed}.gguf"
        return path if path.exists() else make_tiny_gguf(arch, path, seed, quant)

    return get
