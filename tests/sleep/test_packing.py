"""Sequences in one row behind a shared prefix: laid out right, and each as if it were alone."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from sleep.engines.attention import Blocks, attend
from sleep.engines.base import Example
from sleep.engines.packing import Packed, own_tokens, pack

PREFIX = (5, 6, 7)


def seen(packed: Packed, window: int | None = None) -> torch.Tensor:
    """Bool [T, T], true where the attention of the row looks at the column."""
    size = len(packed.tokens)
    same = torch.zeros(1, 1, size, 1)
    each = torch.eye(size)[None, None]
    weights, _ = attend(
        torch.nn.Identity(), same, same, each, None, sliding_window=window, blocks=Blocks(packed)
    )
    return weights[0, :, 0] > 0


SHARING = Example((*PREFIX, 10, 11), (20, 21), shared=3)
ALONE = Example((30, 31), (40, 41, 42))


def test_own_tokens_leave_out_the_prefix_and_the_last_answer_token():
    assert own_tokens(SHARING) == [10, 11, 20]
    assert own_tokens(ALONE) == [30, 31, 40, 41]
    assert own_tokens(Example(PREFIX, (9,), shared=3)) == []


def test_layout():
    packed = pack([SHARING, ALONE], PREFIX)
    assert packed.tokens.tolist() == [5, 6, 7, 10, 11, 20, 30, 31, 40, 41]
    assert packed.positions.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3]
    assert packed.spans == [(3, 6), (6, 10)]
    # The outputs at 11 and 20 predict 20 and 21; those at 31, 40 and 41 predict 40, 41 and 42.
    assert packed.answers.tolist() == [4, 5, 7, 8, 9]


def test_who_may_look_at_whom():
    rows = seen(pack([SHARING, ALONE], PREFIX, multiple=6)).int().tolist()
    assert rows == [
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # filled in: nothing comes of these
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]


def test_an_answer_may_follow_the_prefix_at_once():
    """The first answer token is then predicted by the prefix's last position."""
    at_once = Example(PREFIX, (20, 21), shared=3)
    packed = pack([at_once, at_once, Example(PREFIX, (22,), shared=3)], PREFIX)
    assert packed.tokens.tolist() == [5, 6, 7, 20, 20]
    assert packed.answers.tolist() == [2, 3, 2, 4, 2]


def test_sharing_another_prefix_is_refused():
    with pytest.raises(ValueError, match="shares 2 tokens of 3"):
        pack([Example((5, 6, 9), (20,), shared=2)], PREFIX)


sequences = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(st.integers(8, 99), max_size=7),
        st.lists(st.integers(8, 99), min_size=1, max_size=5),
    ),
    min_size=1,
    max_size=6,
)


@given(drawn=sequences, multiple=st.integers(1, 16))
def test_any_batch(drawn, multiple):
    """Read back from the row: each answer position sees exactly its own sequence up to itself."""
    batch = [
        Example((*(PREFIX if shares else (4,)), *prompt), tuple(answer), 3 if shares else 0)
        for shares, prompt, answer in drawn
    ]
    packed = pack(batch, PREFIX, multiple)
    assert len(packed.tokens) % multiple == 0
    assert len(packed.tokens) - packed.spans[-1][1] < multiple
    whole = [[*x.prompt, *x.answer] for x in batch]
    ends = [(x, at) for x, ids in enumerate(whole) for at in range(len(batch[x].prompt), len(ids))]
    visible = seen(packed)
    for position, (x, at) in zip(packed.answers.tolist(), ends, strict=True):
        before = visible[position].nonzero()[:, 0]
        assert packed.tokens[before].tolist() == whole[x][:at]
        assert packed.positions[before].tolist() == list(range(at))


def test_filling_changes_nothing_else():
    bare, filled = pack([SHARING, ALONE], PREFIX), pack([SHARING, ALONE], PREFIX, 64)
    length = len(bare.tokens)
    assert len(filled.tokens) == 64
    assert torch.equal(filled.tokens[:length], bare.tokens)
    assert torch.equal(seen(filled)[:length, :length], seen(bare))
    assert not seen(filled)[:length, length:].any()
    assert torch.equal(filled.answers, bare.answers)


@given(drawn=sequences, window=st.sampled_from([None, 1, 2, 4]), seed=st.integers(0, 99))
def test_attention_and_its_gradients_are_those_of_one_masked_matrix(drawn, window, seed):
    """In blocks as in one piece, with grouped heads, whatever the lengths."""
    batch = [
        Example((*(PREFIX if shares else (4,)), *prompt), tuple(answer), 3 if shares else 0)
        for shares, prompt, answer in drawn
    ]
    packed = pack(batch, PREFIX, 4)
    end = packed.spans[-1][1]
    near = (packed.positions[:, None] - packed.positions[None]) < (window or 99)
    assert torch.equal(seen(packed, window)[:end], (seen(packed) & near)[:end])
    generator = torch.Generator().manual_seed(seed)
    size = len(packed.tokens)
    shapes = [(1, heads, size, 6) for heads in (4, 2, 2)]
    row = q, k, v = [torch.randn(x, generator=generator).requires_grad_() for x in shapes]
    blocks = Blocks(packed)
    found, _ = attend(torch.nn.Identity(), q, k, v, None, sliding_window=window, blocks=blocks)
    mask = seen(packed, window)[:end, :end]
    query, key, value = (each[:, :, :end] for each in row)
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, enable_gqa=True
    ).transpose(1, 2)
    assert torch.allclose(found[:, :end], expected, atol=1e-5)
    wanted = torch.randn(expected.shape, generator=generator)
    ours = torch.autograd.grad((found[:, :end] * wanted).sum(), row)
    theirs = torch.autograd.grad((expected * wanted).sum(), row)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
