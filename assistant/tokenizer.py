"""Text to token ids and back, exactly as serving does it, and the model file's chat template.

BOS follows llama.cpp's server: when the file asks for a BOS token (`tokenizer.ggml.add_bos_token`,
else llama.cpp's default for the vocabulary) it is added, and taken from the front of the rendered
template first, should that write one too; when the file does not ask, what the template writes
stands. So there is never a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from assistant import model_file
from assistant.native import Model
from assistant.prompt import ChatMessage, Prompt

_REMEMBERED_LENGTH: Final = 4000


class Tokenizer:
    """Text to token ids and back, and the chat template, for one model file."""

    def __init__(self, path: Path, n_gpu_layers: int | None = None) -> None:
        """Without `n_gpu_layers`, only the vocabulary is loaded: enough to prepare training."""
        self.info = model_file.inspect(path)
        vocab_only = n_gpu_layers is None
        self.model = Model(path, n_gpu_layers or 0, vocab_only)
        self.prompt = Prompt(self.info.chat_template, bos=self.model.bos, eos=self.model.eos)
        self._counted = lru_cache(maxsize=8192)(self._count)

    def tokenize(self, text: str, special: bool = True) -> list[int]:
        """Token ids of `text`, no BOS added; with `special`, `<|im_start|>` and such are tokens."""
        return self.model.tokenize(text, add_special=False, parse_special=special)

    def count(self, text: str) -> int:
        """How many tokens `text` has; remembered for texts of a message's size."""
        return self._counted(text) if len(text) < _REMEMBERED_LENGTH else self._count(text)

    def _count(self, text: str) -> int:
        return len(self.tokenize(text))

    def detokenize(self, tokens: Sequence[int], special: bool = False) -> str:
        """The text of token ids; control tokens are left out unless `special`."""
        raw = b"".join(self.model.piece(token, special) for token in tokens)
        return raw.decode("utf-8", "replace")

    def prompt_ids(
        self, prompt: str | Sequence[ChatMessage], add_generation_prompt: bool = True
    ) -> list[int]:
        """Token ids of a conversation, or of a rendered prompt, as the server would make them."""
        text = (
            prompt if isinstance(prompt, str) else self.prompt.render(prompt, add_generation_prompt)
        )
        if self.model.adds_bos and self.model.bos:
            text = text.removeprefix(self.model.bos)
        if self.model.adds_eos and self.model.eos:
            text = text.removesuffix(self.model.eos)
        return self.model.tokenize(text, add_special=True, parse_special=True)
