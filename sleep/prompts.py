"""Prompts as token ids, for training, teaching and examining: the app's own, made the app's way.

Everything goes through `assistant.prompt` and the tokenizer of the served file, so the ids seen in
training are those seen in serving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import ReverieError
from assistant.prompt import ChatMessage, note_messages
from assistant.tokenizer import Tokenizer
from sleep.engines.base import Example


@dataclass(frozen=True)
class Asking:
    """One question as it reaches the model: notes shown with it, and what came before."""

    question: str
    notes: tuple[str, ...] = ()
    before: tuple[ChatMessage, ...] = ()


class Prompts:
    """Renders askings with one system text for one model file."""

    def __init__(self, tokenizer: Tokenizer, system: str) -> None:
        self._tokenizer = tokenizer
        self._system = system
        one, other = self.ids(Asking("a")), self.ids(Asking("b"))
        same = next(i for i, pair in enumerate(zip(one, other, strict=False)) if len({*pair}) > 1)
        self.prefix = one[:same]
        """What every plain asking begins with: system text and the head of the user's turn."""
        self.end = _end_token(tokenizer)

    def messages(self, asking: Asking) -> list[ChatMessage]:
        """The conversation that ends with the question."""
        head = [ChatMessage("system", self._system)] if self._system else []
        notes = note_messages(asking.notes)
        return [*head, *asking.before, *notes, ChatMessage("user", asking.question)]

    def ids(self, asking: Asking) -> list[int]:
        """Token ids up to where the assistant's answer begins."""
        return self._tokenizer.prompt_ids(self.messages(asking))

    def plain(self, text: str) -> list[int]:
        """Token ids of text that is no conversation."""
        return self._tokenizer.prompt_ids(text)

    def text(self, ids: Sequence[int]) -> str:
        """Token ids as text, without the token that ends an answer."""
        return self._tokenizer.detokenize([token for token in ids if token != self.end]).strip()

    def example(self, asking: Asking, answer: str) -> Example:
        """The asking answered by `answer`, with the tokens that end a turn."""
        prompt = self.ids(asking)
        done = [*self.messages(asking), ChatMessage("assistant", answer)]
        whole = self._tokenizer.prompt_ids(done, add_generation_prompt=False)
        if whole[: len(prompt)] == prompt:
            reply = self._until_end(whole[len(prompt) :])
        else:  # templates that write something more before an answer that is to be generated
            reply = [*self._tokenizer.tokenize(answer, special=False), self.end]
        return self.answered(prompt, reply)

    def answered(self, prompt: Sequence[int], reply: Sequence[int]) -> Example:
        """An example of ids, sharing the common prefix where it begins with it."""
        shared = len(self.prefix) if list(prompt[: len(self.prefix)]) == self.prefix else 0
        return Example(tuple(prompt), tuple(reply), shared)

    def _until_end(self, reply: Sequence[int]) -> list[int]:
        """Up to the first token that ends generation; what a template writes after it is not the
        model's to say."""
        for at, token in enumerate(reply):
            if self._tokenizer.model.ends(token):
                return list(reply[: at + 1])
        return [*reply]


def _end_token(tokenizer: Tokenizer) -> int:
    eos = tokenizer.info.eos_id
    if eos is None:
        raise ReverieError(
            "The model file does not say which token ends an answer",
            "It can be chatted with, but not taught; choose another file for the nights.",
        )
    return eos
