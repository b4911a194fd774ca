"""Random token ids and examples, for tests that need some and no model library."""

from collections.abc import Sequence

import numpy as np

from sleep.engines.base import Example
from tests.fixtures_gguf import VOCAB_SIZE


def random_ids(vocab_size: int, count: int = 96, seed: int = 7) -> list[int]:
    return [int(i) for i in np.random.default_rng(seed).integers(0, vocab_size, count)]


def random_examples(
    prefix: Sequence[int], lengths: Sequence[tuple[int, int]], seed: int = 0
) -> list[Example]:
    """Examples of so many (prompt, answer) tokens; every third does not begin with `prefix`."""
    rng = np.random.default_rng(seed)

    def ids(count: int) -> tuple[int, ...]:
        return tuple(int(i) for i in rng.integers(3, VOCAB_SIZE, count))

    examples = []
    for index, (prompt, answer) in enumerate(lengths):
        shares = index % 3 != 2
        head = tuple(prefix) if shares else ids(4)
        examples.append(Example((*head, *ids(prompt)), ids(answer), len(prefix) if shares else 0))
    return examples
