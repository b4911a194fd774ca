from tests.fixtures_gguf import tiny_gguf

__all__ = ["tiny_gguf"]
