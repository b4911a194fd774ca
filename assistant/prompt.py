"""From a conversation to the text a model reads: chat template, notes, and what has to be left out.

The template is the model file's own Jinja template, rendered in a sandbox with the same settings
as Hugging Face's `apply_chat_template` and llama.cpp's server, so that a model sees the exact
format it was trained with. The wording of notes lives here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Literal, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from assistant.errors import ReverieError

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ChatMessage:
    """One message as a chat template knows it."""

    role: Role
    content: str


@dataclass(frozen=True)
class Note:
    """One remembered sentence for the prompt, and the memory it comes from (None: a message)."""

    text: str
    memory_id: int | None = None


@dataclass(frozen=True)
class BuiltPrompt:
    """What goes to the model, and what did not fit."""

    messages: list[ChatMessage]
    trimmed: int
    """How many of the oldest history messages were left out."""
    from_prompt: list[int]
    """Ids of the memories whose notes are in the prompt."""
    tokens: int


def note_messages(notes: Sequence[str]) -> list[ChatMessage]:
    """`notes` as an exchange that goes right before the new message; empty without notes.

    There the history before it stays in the KV cache, whatever the notes are; in the system text,
    every change of notes would have the whole conversation read anew. The starter also makes more
    of them as words of its own: of 12 questions it answers 10 (9 with two other notes beside), and
    8 (7) from a list in the system text; in the middle of a conversation 9 (7) against 6 (7).
    """
    if not notes:
        return []
    asked = ChatMessage("user", "What do you remember about me?")
    return [asked, ChatMessage("assistant", " ".join(notes))]


class Prompt:
    """A model file's chat template, ready to render.

    `template` is Jinja source; `bos` and `eos` are the texts of those tokens ("" where the
    vocabulary has none). A template that refuses or ignores a system message gets the system text
    in front of the first user message instead. Templates that know `enable_thinking` are told
    not to think aloud: an answer should start at once.
    """

    def __init__(self, template: str, bos: str = "", eos: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTag, loopcontrols]
        )
        environment.filters["tojson"] = _tojson
        environment.globals.update(
            raise_exception=_raise, strftime_now=_strftime_now, bos_token=bos, eos_token=eos
        )
        try:
            self._template = environment.from_string(template)
        except TemplateError as error:
            raise _broken(error) from error
        self.bos = bos
        self.eos = eos
        self.takes_system = self._takes_system()

    def render(self, messages: Sequence[ChatMessage], add_generation_prompt: bool = True) -> str:
        """The text of `messages`; ReverieError when the template fails on them."""
        if not self.takes_system:
            messages = _fold_system(messages)
        try:
            return self._render(messages, add_generation_prompt)
        except TemplateError as error:
            raise _broken(error) from error

    def _render(self, messages: Sequence[ChatMessage], add_generation_prompt: bool) -> str:
        return self._template.render(
            messages=[asdict(message) for message in messages],
            add_generation_prompt=add_generation_prompt,
            enable_thinking=False,
            tools=None,
        )

    def _takes_system(self) -> bool:
        probe = [ChatMessage("system", "Probe."), ChatMessage("user", "Hello.")]
        try:
            return "Probe." in self._render(probe, True)
        except TemplateError:
            return False


def build(
    system: str,
    notes: Sequence[Note],
    history: Sequence[ChatMessage],
    user: str,
    budget_tokens: int,
    count: Callable[[str], int],
    render: Callable[[Sequence[ChatMessage]], str],
) -> BuiltPrompt:
    """Fit a conversation into `budget_tokens`: the oldest history goes first, then the notes.

    The system text and the new message are never cut: when they alone do not fit, a ReverieError
    says how long the message is. `count` gives the tokens of a text, `render` is Prompt.render.

    History is cut in steps of a quarter of the budget, at places that stay where they are as the
    conversation grows: were it cut to measure, every turn would begin at another message, and the
    model would have to read the whole window anew each time.
    """
    head = [ChatMessage("system", system)] if system else []
    new = ChatMessage("user", user)
    for kept in (notes, ()):
        end = [*note_messages([note.text for note in kept]), new]
        spare = budget_tokens - count(render([*head, *end]))
        if spare >= 0:
            break
    else:
        raise _too_long(count(user), spare + count(user))
    for start in _starts(history, budget_tokens // 4, spare, count):
        messages = [*head, *_alternating([*history[start:], *end])]
        tokens = count(render(messages))
        if tokens <= budget_tokens:
            break
    ids = [note.memory_id for note in kept if note.memory_id is not None]
    return BuiltPrompt(messages, trimmed=start, from_prompt=ids, tokens=tokens)


def _starts(
    history: Sequence[ChatMessage], step: int, spare: int, count: Callable[[str], int]
) -> list[int]:
    """Where history may begin, oldest first: 0, each full `step` of tokens, and its very end.

    Starts whose messages alone exceed `spare` tokens are left out.
    """
    ends = list(accumulate((count(message.content) for message in history), initial=0))
    total = ends[-1]
    starts, passed = [0], 0
    for index, message in enumerate(history):
        if message.role == "user" and ends[index] // max(step, 1) > passed:
            passed = ends[index] // max(step, 1)
            starts.append(index)
    return [start for start in starts if total - ends[start] <= spare] + [len(history)]


def _alternating(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """User and assistant in turns, user first, as many templates demand.

    Empty replies (stopped before the first word) vanish; a message that never got a reply is
    joined with the next one.
    """
    result: list[ChatMessage] = []
    for message in messages:
        if not message.content or (not result and message.role == "assistant"):
            continue
        if result and result[-1].role == message.role:
            joined = f"{result[-1].content}\n\n{message.content}"
            result[-1] = ChatMessage(message.role, joined)
        else:
            result.append(message)
    return result


def _fold_system(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    if len(messages) < 2 or messages[0].role != "system":
        return list(messages)
    system, first, *rest = messages
    return [ChatMessage("user", f"{system.content}\n\n{first.content}"), *rest]


def _too_long(tokens: int, room: int) -> ReverieError:
    return ReverieError(
        f"this message is {tokens:,} tokens long; the model's window has room for {max(room, 0):,}",
        hint="Shorten it, or raise model.n_ctx if the model was trained for more.",
    )


def _broken(error: TemplateError) -> ReverieError:
    return ReverieError(
        f"the model file's chat template failed: {error}",
        hint="Choose another build of this model; its template does not work.",
    )


class _GenerationTag(Extension):
    """`{% generation %}` marks the assistant's text for training; here it only passes through."""

    tags = {"generation"}  # noqa: RUF012  # the base class declares it so

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        parser.stream.skip(1)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _tojson(value: object, ensure_ascii: bool = False, **options: Any) -> str:
    """JSON without Jinja's HTML escapes, as Transformers renders it."""
    return json.dumps(value, ensure_ascii=ensure_ascii, **options)


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
