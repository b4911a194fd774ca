"""Divergences: by hand, against torch on the whole vocabulary, and as TRL documents them."""

import math

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given
from torch.nn import functional

from sleep.losses import Divergence, agrees, coarse, divergence, log_probs

KINDS: tuple[Divergence, ...] = ("forward_kl", "reverse_kl", "jsd")


def logs(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64).log()


def teacher_of(logits: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k likeliest tokens with their log-probabilities, as an engine gives them."""
    values, tokens = logits.log_softmax(-1).topk(k, -1)
    return values, tokens


def random_pair(
    rows: int = 6, vocabulary: int = 40, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    one, other = torch.randn(2, rows, vocabulary, generator=generator, dtype=torch.float64) * 2
    return one, other


def test_by_hand():
    teacher, student = logs([0.5, 0.25, 0.25]), logs([0.25, 0.25, 0.5])
    expected = 0.5 * math.log(2) + 0.25 * math.log(0.5)
    assert divergence(teacher, student, "forward_kl").item() == pytest.approx(expected)
    expected = 0.25 * math.log(0.5) + 0.5 * math.log(2)
    assert divergence(teacher, student, "reverse_kl").item() == pytest.approx(expected)
    lopsided, even = logs([0.9, 0.1]), logs([0.5, 0.5])
    forward = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)
    backward = 0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1)
    assert divergence(lopsided, even, "forward_kl").item() == pytest.approx(forward)
    assert divergence(lopsided, even, "reverse_kl").item() == pytest.approx(backward)
    middle = (0.25 * 0.9 + 0.75 * 0.5, 0.25 * 0.1 + 0.75 * 0.5)
    from_teacher = 0.9 * math.log(0.9 / middle[0]) + 0.1 * math.log(0.1 / middle[1])
    from_student = 0.5 * math.log(0.5 / middle[0]) + 0.5 * math.log(0.5 / middle[1])
    found = divergence(lopsided, even, "jsd", beta=0.25).item()
    assert found == pytest.approx(0.25 * from_teacher + 0.75 * from_student)


@pytest.mark.parametrize("kind", KINDS)
def test_alike_is_zero_and_rows_are_apart(kind):
    same = logs([0.7, 0.2, 0.1])
    assert divergence(same, same, kind).item() == pytest.approx(0, abs=1e-12)
    rows = divergence(
        torch.cat([same, logs([0.1, 0.2, 0.7])]), torch.cat([same, same]), kind
    ).tolist()
    assert rows[0] == pytest.approx(0, abs=1e-12)
    assert rows[1] > 0.1


def test_whole_vocabulary_is_torch_kl_div():
    """With k = vocabulary nothing is left over, and the values are those of the full softmax."""
    teacher_logits, logits = random_pair()
    values, tokens = teacher_of(teacher_logits, k=40)
    teacher, student = coarse(values, tokens, logits)
    p, q = teacher_logits.log_softmax(-1), logits.log_softmax(-1)
    forward = functional.kl_div(q, p, log_target=True, reduction="none").sum(-1)
    backward = functional.kl_div(p, q, log_target=True, reduction="none").sum(-1)
    assert torch.allclose(divergence(teacher, student, "forward_kl"), forward, atol=1e-5)
    assert torch.allclose(divergence(teacher, student, "reverse_kl"), backward, atol=1e-5)


@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_jsd_is_the_one_that_trl_documents(beta):
    """GKDTrainer.generalized_jsd_loss: m = beta * teacher + (1 - beta) * student, in logarithms."""
    teacher_logits, logits = random_pair(seed=1)
    p, q = teacher_logits.log_softmax(-1), logits.log_softmax(-1)
    weights = torch.tensor(beta, dtype=torch.float64)
    middle = torch.logsumexp(
        torch.stack([q + torch.log(1 - weights), p + torch.log(weights)]), dim=0
    )
    of_teacher = functional.kl_div(middle, p, reduction="none", log_target=True)
    of_student = functional.kl_div(middle, q, reduction="none", log_target=True)
    expected = (beta * of_teacher + (1 - beta) * of_student).sum(-1)
    teacher, student = coarse(*teacher_of(teacher_logits, k=40), logits)
    assert torch.allclose(divergence(teacher, student, "jsd", beta), expected, atol=1e-5)


def test_jsd_leans_to_one_side_as_beta_does():
    """Near its ends, JSD divided by its small weight is forward KL and reverse KL."""
    teacher, student = logs([0.6, 0.3, 0.1]), logs([0.2, 0.3, 0.5])
    near_student = divergence(teacher, student, "jsd", beta=1e-4) / 1e-4
    near_teacher = divergence(teacher, student, "jsd", beta=1 - 1e-4) / 1e-4
    assert near_student.item() == pytest.approx(divergence(teacher, student).item(), rel=1e-2)
    reverse = divergence(teacher, student, "reverse_kl").item()
    assert near_teacher.item() == pytest.approx(reverse, rel=1e-2)


def test_all_other_tokens_are_one_outcome():
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]], dtype=torch.float64)
    values, tokens = logs([0.6, 0.3]), torch.tensor([[3, 0]])
    teacher, student = coarse(values, tokens, logits)
    probabilities = logits.softmax(-1)[0].tolist()
    assert teacher.exp()[0].tolist() == pytest.approx([0.6, 0.3, 0.1])
    expected = [probabilities[3], probabilities[0], probabilities[1] + probabilities[2]]
    assert student.exp()[0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 39))
def test_a_coarser_view_never_shows_more(kind, seed, k):
    teacher_logits, logits = random_pair(seed=seed)
    full = divergence(*coarse(*teacher_of(teacher_logits, 40), logits), kind)
    cut = divergence(*coarse(*teacher_of(teacher_logits, k), logits), kind)
    assert (cut <= full + 1e-5).all()
    assert (cut >= -1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_certain_teacher_gives_finite_values_and_gradients(kind):
    """Float32, where the probability of all others comes out as zero, or a little below."""
    teacher_logits = torch.tensor([[60.0, 0.0, -20.0, 1.0, 2.0]])
    logits = torch.tensor([[-50.0, 80.0, 3.0, 0.0, 0.0]], requires_grad=True)
    value = divergence(*coarse(*teacher_of(teacher_logits, 3), logits), kind)
    value.sum().backward()
    assert torch.isfinite(value).all()
    assert value.item() > 0.5
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_formula(kind):
    teacher_logits, logits = random_pair(rows=2, vocabulary=8, seed=3)
    values, tokens = teacher_of(teacher_logits, 4)

    def loss(student: torch.Tensor) -> torch.Tensor:
        return divergence(*coarse(values, tokens, student), kind, beta=0.3)

    assert torch.autograd.gradcheck(loss, logits.requires_grad_())


@pytest.mark.parametrize("kind", KINDS)
def test_going_downhill_reaches_the_teacher(kind):
    teacher_logits, logits = random_pair(rows=1, vocabulary=6, seed=4)
    values, tokens = teacher_of(teacher_logits, 6)
    student = logits.requires_grad_()
    for _ in range(200):
        loss = divergence(*coarse(values, tokens, student), kind).sum()
        (gradient,) = torch.autograd.grad(loss, student)
        student = (student - 2 * gradient).detach().requires_grad_()
    assert divergence(*coarse(values, tokens, student), kind).item() < 0.01


def test_agrees_looks_at_the_likeliest_token_only():
    tokens = torch.tensor([[7, 3], [3, 7], [5, 1]])
    assert agrees(tokens, torch.tensor([7, 7, 5])).tolist() == [True, False, True]


# By TRL 1.16.0 in one run on these tensors: GKDTrainer.generalized_jsd_loss(reduction="none") over
# the whole vocabulary, and of its SDFT add_tail_bucket and compute_divergence over the teacher's
# five likeliest tokens. Its beta is ours; 0 and 1 are forward and reverse KL.
TRL: dict[tuple[Divergence, float], tuple[list[float], list[float]]] = {
    ("forward_kl", 0.0): (
        [1.47886666, 1.24520718, 1.5173873, 1.31365614],
        [1.15797923, 1.19062283, 1.07415905, 1.24788975],
    ),
    ("reverse_kl", 1.0): (
        [1.40242454, 1.62626519, 1.44204947, 1.6922263],
        [0.57899476, 1.32637219, 0.52788462, 1.24606115],
    ),
    ("jsd", 0.1): (
        [0.10994289, 0.10709712, 0.11325507, 0.10799015],
        [0.08098561, 0.10179765, 0.07482847, 0.10163625],
    ),
    ("jsd", 0.5): (
        [0.2571542, 0.29083567, 0.2647848, 0.28251646],
        [0.16353125, 0.26897399, 0.15003683, 0.2565291],
    ),
    ("jsd", 0.9): (
        [0.10639119, 0.12704099, 0.10937336, 0.12526026],
        [0.05275247, 0.10983125, 0.04815894, 0.10348707],
    ),
}


@pytest.mark.parametrize(("kind", "beta"), TRL)
def test_as_trl_computes_it(kind, beta):
    i = torch.arange(4, dtype=torch.float64)[:, None]
    j = torch.arange(12, dtype=torch.float64)[None]
    teacher_logits, logits = 2 * torch.sin(1 + 3 * i + 7 * j), 2 * torch.sin(2 + 5 * i + 3 * j)
    for k, expected in zip((12, 5), TRL[kind, beta], strict=True):
        teacher, student = coarse(*teacher_of(teacher_logits, k), logits)
        found = divergence(teacher, student, kind, beta).tolist()
        assert found == pytest.approx(expected, abs=2e-6)


def test_log_probabilities_of_tokens_named_twice():
    _, logits = random_pair(rows=3, vocabulary=7, seed=5)
    tokens = torch.tensor([[1, 1, 4], [0, 6, 2], [3, 3, 3]])
    weights = torch.arange(9, dtype=logits.dtype).reshape(3, 3)
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    (log_probs(ours, tokens) * weights).sum().backward()
    (theirs.log_softmax(-1).gather(1, tokens) * weights).sum().backward()
    assert torch.allclose(log_probs(logits, tokens), logits.log_softmax(-1).gather(1, tokens))
    assert ours.grad is not None
    assert theirs.grad is not None
    assert torch.allclose(ours.grad, theirs.grad)
