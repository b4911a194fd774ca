"""Divergences between a teacher's top-k distribution and the student, per answer token.

Generalised knowledge distillation (Agarwal et al., arXiv 2306.13649): forward KL, reverse KL and
JSD(beta). The teacher is known at its k likeliest tokens; the probability of all others is one more
outcome, for the teacher and for the student alike, so each value is the exact divergence between
two coarser distributions, and a lower bound of the full one.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

Divergence = Literal["forward_kl", "reverse_kl", "jsd"]
_TINY = 1e-7


class _LogProbs(torch.autograd.Function):
    """Log-probabilities of some tokens a row, in one pass over the vocabulary each way."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, tokens: Tensor) -> Tensor:
        whole = logits.logsumexp(-1, keepdim=True)
        ctx.save_for_backward(logits, whole, tokens)
        return logits.gather(1, tokens) - whole

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        logits, whole, tokens = ctx.saved_tensors
        (grad,) = gradients
        back = (logits - whole).exp_().mul_(-grad.sum(-1, keepdim=True))
        return back.scatter_add_(1, tokens, grad), None


def log_probs(logits: Tensor, tokens: Tensor) -> Tensor:
    """log softmax(logits)[tokens] for each row: logits [n, vocabulary], tokens [n, m] to [n, m]."""
    found: Tensor = _LogProbs.apply(logits, tokens)  # type: ignore[no-untyped-call]
    return found


def coarse(
    teacher_logprobs: Tensor, teacher_tokens: Tensor, logits: Tensor
) -> tuple[Tensor, Tensor]:
    """Log-probabilities [n, k + 1] of teacher and student: the k tokens, then all others together.

    teacher_logprobs, teacher_tokens: [n, k]; logits: [n, vocabulary], the student's.
    """
    return with_rest(teacher_logprobs), with_rest(log_probs(logits, teacher_tokens))


def divergence(
    teacher: Tensor, student: Tensor, kind: Divergence = "forward_kl", beta: float = 0.5
) -> Tensor:
    """D(teacher || student) for each row of two [n, m] log-probabilities, in nats: [n].

    jsd is beta * KL(p || m) + (1 - beta) * KL(q || m) with m = beta * p + (1 - beta) * q.
    """
    if kind == "forward_kl":
        return _kl(teacher, student)
    if kind == "reverse_kl":
        return _kl(student, teacher)
    middle = (beta * teacher.exp() + (1 - beta) * student.exp()).clamp_min(_TINY).log()
    return beta * _kl(teacher, middle) + (1 - beta) * _kl(student, middle)


def _kl(p: Tensor, q: Tensor) -> Tensor:
    return (p.exp() * (p - q)).sum(-1)


def with_rest(logprobs: Tensor) -> Tensor:
    """[n, k] log-probabilities of k outcomes, and that of all others: [n, k + 1]."""
    rest = (1 - logprobs.exp().sum(-1, keepdim=True)).clamp_min(_TINY)
    return torch.cat([logprobs, rest.log()], -1)


def agrees(teacher_tokens: Tensor, answer: Tensor) -> Tensor:
    """Where the teacher's likeliest token is the one of the accepted answer: bool [n]."""
    return teacher_tokens[:, 0] == answer
