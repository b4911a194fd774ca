"""PEFT's LoRA linear layer with its two products fused into the layer's own, forward and backward.

The same function as PEFT's. Its forward multiplies, scales and adds in separate passes over large
activations and casts them back and forth; here the low-rank part is added inside the matrix
products, in the frozen weight's type, and the backward is written out.
"""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor, nn


class _Product(torch.autograd.Function):
    """x W^T + scale * (x A^T) B^T with gradients to x, A and B. x: [n, in]; A, B: float32."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float
    ) -> Tensor:
        a, b = a.to(x.dtype), b.to(x.dtype)
        narrow = x @ a.T
        ctx.save_for_backward(x, weight, a, b, narrow)
        ctx.scale = scale
        return nn.functional.linear(x, weight, bias).addmm_(narrow, b.T, alpha=scale)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, a, b, narrow = ctx.saved_tensors
        back = (grad @ b).mul_(ctx.scale)
        to_x = (grad @ weight).addmm_(back, a) if ctx.needs_input_grad[0] else None
        to_a = (back.T @ x).float()
        to_b = (grad.T @ narrow).float().mul_(ctx.scale)
        return to_x, None, None, to_a, to_b, None


def product(
    x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float
) -> Tensor:
    """x W^T + scale * (x A^T) B^T: x [n, in], W [out, in], A [rank, in], B [out, rank]."""
    found: Tensor = _Product.apply(x, weight, bias, a, b, scale)  # type: ignore[no-untyped-call]
    return found


class FusedLinear(Linear):  # type: ignore[misc]  # PEFT is not typed
    """A LoRA linear layer for one active adapter without dropout; else it does as PEFT's own."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """[..., in] to [..., out]."""
        name = self.active_adapters[0]
        weight = self.base_layer.weight
        alone = len(self.active_adapters) == 1 and name in self.lora_A
        if self.disable_adapters or self.merged or not alone or weight.dtype != x.dtype:
            found: Tensor = super().forward(x, *args, **kwargs)
            return found
        a, b = self.lora_A[name].weight, self.lora_B[name].weight
        flat = x.reshape(-1, x.shape[-1])
        out = product(flat, weight, self.base_layer.bias, a, b, self.scaling[name])
        return out.reshape(*x.shape[:-1], out.shape[-1])
