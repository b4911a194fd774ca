"""Which tensor of a GGUF is which parameter of the trainable model, and how their rows differ.

One table per architecture, used in both directions: to take the weights out for training and to
put what was learned back. Differences beyond names: `llama` files hold the rows of q and k in
another order (llama.cpp rotates neighbours where transformers rotates halves), and `gemma3` files
hold norm weights plus one. Everything else is stored alike.
"""

import re
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from assistant.errors import ReverieError
from sleep.gguf_file import Floats, GgufFile

_TOP: Final = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
_ATTENTION: Final = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
}
_MLP: Final = {"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
_NORMS: Final = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_HEAD_NORMS: Final = {"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
_DENSE: Final = _ATTENTION | _MLP | _NORMS

# GGUF architecture -> name inside a block of the GGUF -> name inside a transformers layer
BLOCKS: Final[dict[str, dict[str, str]]] = {
    "llama": _DENSE,
    "qwen2": _DENSE,
    "qwen3": _DENSE | _HEAD_NORMS,
    "gemma3": _ATTENTION
    | _MLP
    | _HEAD_NORMS
    | {
        "attn_norm": "input_layernorm",
        "post_attention_norm": "post_attention_layernorm",
        "ffn_norm": "pre_feedforward_layernorm",
        "post_ffw_norm": "post_feedforward_layernorm",
    },
    "phi3": _NORMS
    | {
        "attn_qkv": "self_attn.qkv_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_up": "mlp.gate_up_proj",
        "ffn_down": "mlp.down_proj",
    },
}

# Tensors that are no parameters: they become settings of the rotary embedding.
ROPE_TENSORS: Final = frozenset({"rope_freqs.weight"})

_Number = TypeVar("_Number", np.float32, np.float64)


@dataclass(frozen=True)
class TensorMap:
    """Names and row orders of one model; `heads` and `kv_heads` count attention heads."""

    arch: str
    heads: int
    kv_heads: int

    def module(self, tensor: str) -> str | None:
        """The transformers parameter (with .weight or .bias) of a GGUF tensor, if it is known."""
        stem, _, kind = tensor.rpartition(".")
        if stem in _TOP:
            return f"{_TOP[stem]}.{kind}"
        match = re.fullmatch(r"blk\.(\d+)\.(\w+)", stem)
        if match and match[2] in BLOCKS[self.arch]:
            return f"model.layers.{match[1]}.{BLOCKS[self.arch][match[2]]}.{kind}"
        return None

    def tensor(self, module: str) -> str:
        """The GGUF tensor that holds the weight of a linear module such as
        `model.layers.3.mlp.up_proj`; ReverieError when this architecture has no such module."""
        match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", module)
        names = {theirs: ours for ours, theirs in BLOCKS[self.arch].items()}
        if not match or match[2] not in names:
            raise ReverieError(
                f"an expert sits on '{module}', which a model of architecture '{self.arch}' "
                "does not have",
                hint="The expert was made for another model.",
            )
        return f"blk.{match[1]}.{names[match[2]]}.weight"

    def to_model(self, tensor: str, values: Floats) -> Floats:
        """Values of a GGUF tensor as transformers wants them: [out, in] or [size]."""
        heads = self._rotated_heads(tensor)
        if heads:
            pairs = values.reshape(heads, -1, 2, *values.shape[1:])
            return pairs.swapaxes(1, 2).reshape(values.shape)
        if self.arch == "gemma3" and tensor.endswith("norm.weight"):
            return values - 1
        return values

    def to_gguf_rows(self, tensor: str, rows: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
        """Rows of a change to a linear module [out, any] in the order of the GGUF tensor."""
        heads = self._rotated_heads(tensor)
        if not heads:
            return rows
        halves = rows.reshape(heads, 2, -1, *rows.shape[1:])
        return halves.swapaxes(1, 2).reshape(rows.shape)

    def _rotated_heads(self, tensor: str) -> int:
        """How many heads' rows are in llama.cpp's rotation order in this tensor, or 0."""
        if self.arch != "llama":
            return 0
        stem = tensor.rpartition(".")[0]
        if stem.endswith(".attn_q"):
            return self.heads
        return self.kv_heads if stem.endswith(".attn_k") else 0


def tensor_map(model: GgufFile) -> TensorMap:
    """The map for this file; ReverieError when sleep cannot train its architecture."""
    arch = str(model.metadata.get("general.architecture"))
    if arch not in BLOCKS:
        raise ReverieError(
            f"{model.path.name} is a model of architecture '{arch}', which can be chatted with "
            "but not trained, so it cannot learn at night",
            hint=f"Models that can sleep: {', '.join(sorted(BLOCKS))}.",
        )
    heads = model.number(f"{arch}.attention.head_count")
    if heads is None:
        raise ReverieError(
            f"{model.path.name} does not have the same number of attention heads in every layer, "
            "so it can be chatted with but not trained",
            hint=f"Models that can sleep: ordinary {', '.join(sorted(BLOCKS))} models.",
        )
    kv_heads = model.number(f"{arch}.attention.head_count_kv") or heads
    return TensorMap(arch, int(heads), int(kv_heads))
