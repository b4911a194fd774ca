"""What a GGUF's metadata means as a transformers configuration.

Read from the file's own keys, and where a key is missing, set to what llama.cpp does with such a
file: the trained model must compute exactly what the served one computes. Anything that cannot be
expressed is refused, never approximated.
"""

import math
from typing import Any, Final

import numpy as np

from assistant.errors import ReverieError
from sleep.gguf_file import Floats, GgufFile
from sleep.gguf_map import tensor_map

_CLASSES: Final = {
    "llama": ("llama", "LlamaForCausalLM"),
    "qwen2": ("qwen2", "Qwen2ForCausalLM"),
    "qwen3": ("qwen3", "Qwen3ForCausalLM"),
    "gemma3": ("gemma3_text", "Gemma3ForCausalLM"),
    "phi3": ("phi3", "Phi3ForCausalLM"),
}

# llama.cpp divides by sqrt(hidden / heads) instead of sqrt(head width) in this one model.
_GEMMA3_27B_LAYERS: Final = 62
_GEMMA3_WINDOW_PATTERN: Final = 6

# Llama 3.1, 3.2 and 3.3 share these; only their factor differs (8 or 32).
_LLAMA3_ROPE: Final = {
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def model_config(model: GgufFile) -> dict[str, Any]:
    """The contents of config.json for `model`; ReverieError when sleep cannot train it."""
    names = tensor_map(model)
    arch = names.arch
    _refuse_unsupported(model, arch)
    hidden = _need(model, f"{arch}.embedding_length")
    head_dim = int(model.number(f"{arch}.attention.key_length") or hidden // names.heads)
    rope_dim = int(model.number(f"{arch}.rope.dimension_count") or head_dim)
    model_type, class_name = _CLASSES[arch]
    config: dict[str, Any] = {
        "model_type": model_type,
        "architectures": [class_name],
        "vocab_size": model.tensors["token_embd.weight"].rows,
        "hidden_size": hidden,
        "intermediate_size": _need(model, f"{arch}.feed_forward_length"),
        "num_hidden_layers": _need(model, f"{arch}.block_count"),
        "num_attention_heads": names.heads,
        "num_key_value_heads": names.kv_heads,
        "head_dim": head_dim,
        "max_position_embeddings": _need(model, f"{arch}.context_length"),
        "rms_norm_eps": model.number(f"{arch}.attention.layer_norm_rms_epsilon") or 1e-5,
        "tie_word_embeddings": "output.weight" not in model.tensors,
        "rope_parameters": _rope(model, arch, rope_dim),
        **_token_ids(model),
    }
    if rope_dim != head_dim:
        config["rope_parameters"]["partial_rotary_factor"] = rope_dim / head_dim
    if arch == "llama":
        config["attention_bias"] = "blk.0.attn_q.bias" in model.tensors
    if arch == "gemma3":
        config |= _gemma3(model, config)
    if arch == "phi3":  # llama.cpp does not use the window of Phi-3 either
        config["sliding_window"] = None
        config["original_max_position_embeddings"] = config["max_position_embeddings"]
    return config


def _refuse_unsupported(model: GgufFile, arch: str) -> None:
    scaling = model.metadata.get(f"{arch}.rope.scaling.type") or "none"
    reason = ""
    if (model.number("split.count") or 1) > 1:
        reason = "is one of several files"
    elif model.number(f"{arch}.expert_count"):
        reason = "is a mixture of experts"
    elif scaling not in ("none", "linear"):
        reason = f"stretches its context with '{scaling}' rope scaling"
    elif any("rope_factors_" in name for name in model.tensors):
        reason = "stretches its context with long-rope factors"
    elif arch != "gemma3" and model.number(f"{arch}.final_logit_softcapping"):
        reason = "caps its logits"
    if reason:
        raise ReverieError(
            f"{model.path.name} {reason}, so it can be chatted with but not trained",
            hint="Choose a dense model without context extension.",
        )


def _need(model: GgufFile, key: str) -> int:
    value = model.number(key)
    if value is None:
        raise ReverieError(
            f"{model.path.name} does not give one '{key}' for the whole model, so it can be "
            "chatted with but not trained",
            hint="Choose another model, or convert this one again with a current llama.cpp.",
        )
    return int(value)


def _token_ids(model: GgufFile) -> dict[str, int | None]:
    """Ids of the special tokens; padding falls back on end-of-sequence."""
    ids = {}
    for name, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding")):
        value = model.number(f"tokenizer.ggml.{key}_token_id")
        ids[f"{name}_token_id"] = None if value is None else int(value)
    if ids["pad_token_id"] is None:
        ids["pad_token_id"] = ids["eos_token_id"]
    return ids


def _rope(model: GgufFile, arch: str, rope_dim: int) -> dict[str, Any]:
    """Rotary settings of an ordinary layer."""
    theta = float(model.number(f"{arch}.rope.freq_base") or 10000.0)
    if "rope_freqs.weight" in model.tensors:
        factors = model.floats("rope_freqs.weight").ravel()
        return {"rope_type": "llama3", "rope_theta": theta} | _llama3(model, theta, factors)
    factor = model.number(f"{arch}.rope.scaling.factor")
    if model.metadata.get(f"{arch}.rope.scaling.type") == "linear" and factor:
        return {"rope_type": "linear", "rope_theta": theta, "factor": float(factor)}
    return {"rope_type": "default", "rope_theta": theta}


def _llama3(model: GgufFile, theta: float, factors: Floats) -> dict[str, float]:
    """The rule behind the frequency divisors in a Llama 3.x file, checked against them."""
    rule: dict[str, float] = {"factor": float(factors.max())} | _LLAMA3_ROPE
    dims = 2 * factors.size
    wavelengths = 2 * math.pi * theta ** (np.arange(0, dims, 2) / dims)
    low, high = rule["low_freq_factor"], rule["high_freq_factor"]
    turns = rule["original_max_position_embeddings"] / wavelengths
    smooth = np.clip((turns - low) / (high - low), 0, 1)
    expected = 1 / ((1 - smooth) / rule["factor"] + smooth)
    if not np.allclose(expected, factors, rtol=1e-3):
        raise ReverieError(
            f"{model.path.name} holds rotary frequencies of its own that follow no known rule, "
            "so it can be chatted with but not trained",
            hint="Choose another model; Llama 3.1 to 3.3 work.",
        )
    return rule


def _gemma3(model: GgufFile, config: dict[str, Any]) -> dict[str, Any]:
    """What only Gemma 3 has: window layers with their own rotary base, and its query scale."""
    layers = config["num_hidden_layers"]
    window = model.number("gemma3.attention.sliding_window")
    own = model.array("gemma3.attention.sliding_window_pattern")
    every = int(model.number("gemma3.attention.sliding_window_pattern") or _GEMMA3_WINDOW_PATTERN)
    windowed = own or tuple(int((layer + 1) % every != 0) for layer in range(layers))
    if not window:
        windowed = (0,) * layers
    scale = config["head_dim"]
    if layers == _GEMMA3_27B_LAYERS:
        scale = config["hidden_size"] // config["num_attention_heads"]
    local = float(model.number("gemma3.rope.freq_base_swa") or 10000.0)
    return {
        "sliding_window": int(window or config["max_position_embeddings"]),
        "layer_types": ["sliding_attention" if w else "full_attention" for w in windowed],
        "query_pre_attn_scalar": scale,
        "final_logit_softcapping": model.number("gemma3.final_logit_softcapping"),
        "rope_parameters": {
            "full_attention": config["rope_parameters"],
            "sliding_attention": {"rope_type": "default", "rope_theta": local},
        },
    }
