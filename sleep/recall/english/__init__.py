"""General English as data: word classes, nouns by category, frames of common verbs."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed file `name`.toml of this package."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def word_set(name: str, of: str = "words") -> frozenset[str]:
    """A word class of words.toml, or of another table."""
    return frozenset(table(of)[name].split())
