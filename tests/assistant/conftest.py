"""Fixtures that several tests of the assistant share."""

from tests.fixtures_gguf import tiny_gguf

__all__ = ["tiny_gguf"]
