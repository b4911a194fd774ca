"""One turn of a conversation, from the user's message to the end of the reply, journalled first.

The message is on disk before the first token is computed. The reply's row exists from the start and
grows while it streams: text is on disk before it is handed on to be shown, so a kill at any moment
leaves what was on the screen. Tokens are gathered for up to 50 ms or to the end of a line, so that
a disk that takes a few milliseconds to write does not slow the model down.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from assistant.engine import Engine, Reply, Sampling, Stats
from assistant.errors import ReverieError
from assistant.journal import Journal, Message
from assistant.journal.records import State
from assistant.prompt import BuiltPrompt, ChatMessage, build
from assistant.recollect import recollect
from assistant.settings import ChatSettings

_GATHER_S: Final = 0.05
_NOTES_SHARE: Final = 8  # notes may take up to this fraction of the window
_TITLE_LENGTH: Final = 60


@dataclass(frozen=True)
class Started:
    """The message is stored and the reply begun; ids of both, and how full the prompt is."""

    message_id: int
    reply_id: int
    from_prompt: list[int]
    prompt_tokens: int


@dataclass(frozen=True)
class Trimmed:
    """So many of the oldest messages of this conversation did not fit the window."""

    messages: int


@dataclass(frozen=True)
class Token:
    """Some more text of the reply, already on disk."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The reply is complete, or was stopped."""

    text: str
    stats: Stats
    stopped: bool
    from_prompt: list[int] = field(default_factory=list)


TurnEvent = Started | Trimmed | Token | Finished


@dataclass(frozen=True)
class Assistant:
    """What a turn needs besides the message: who answers, how, and where it is written down."""

    journal: Journal
    engine: Engine
    chat: ChatSettings
    generation: int


def title_of(text: str) -> str:
    """A title for the conversation that begins with `text`: its first line, cut at a word."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def run_turn(
    who: Assistant,
    conversation_id: int,
    text: str,
    *,
    off_record: bool = False,
    use_memory: bool = True,
) -> Generator[TurnEvent]:
    """Store `text` as the next message of the conversation, and answer it.

    Off the record, both are kept for the screen only: no search, note, night, or later turn that is
    on the record sees them. Without `use_memory`, the prompt holds no notes. Closing the iterator
    stops the reply. Raises ReverieError, such as for a message longer than the window; the message
    is stored even then.
    """
    parent = who.journal.last_leaf(conversation_id)
    message_id = who.journal.add_message(
        conversation_id, "user", text, parent_id=parent, off_record=off_record
    )
    yield from answer(who, message_id, use_memory=use_memory)


def answer(who: Assistant, message_id: int, *, use_memory: bool = True) -> Generator[TurnEvent]:
    """Answer a stored message (again): the reply becomes a new child of it."""
    *history, message = who.journal.thread(message_id)
    built = _prompt(who, history, message, use_memory)
    if built.trimmed:
        yield Trimmed(built.trimmed)
    sampling = sampling_of(who.chat)
    with who.engine.stream(built.messages, sampling) as reply:
        reply_id = who.journal.add_message(
            message.conversation_id,
            "assistant",
            "",
            parent_id=message.id,
            generation=who.generation,
            state="streaming",
            off_record=message.off_record,
        )
        state: State = "interrupted"
        try:
            yield Started(message.id, reply_id, built.from_prompt, built.tokens)
            text = ""
            for part in _gathered(reply):
                who.journal.append_reply(reply_id, part)
                text += part
                yield Token(part)
            state = "stopped" if reply.stats.finish == "stopped" else "complete"
        except GeneratorExit:
            state = "stopped"
            raise
        finally:
            who.journal.finish_reply(reply_id, state)
    yield Finished(text, reply.stats, state == "stopped", built.from_prompt)


def sampling_of(chat: ChatSettings) -> Sampling:
    """The settings of a conversation as the engine takes them."""
    return Sampling(
        temperature=chat.temperature,
        top_k=chat.top_k,
        top_p=chat.top_p,
        min_p=chat.min_p,
        repeat_penalty=chat.repeat_penalty,
        max_tokens=chat.max_tokens,
        seed=None if chat.seed < 0 else chat.seed,
    )


def _prompt(
    who: Assistant, history: list[Message], message: Message, use_memory: bool
) -> BuiltPrompt:
    engine, chat = who.engine, who.chat
    if not message.off_record:
        history = [earlier for earlier in history if not earlier.off_record]
    notes = []
    if use_memory:
        in_prompt = {earlier.id for earlier in [*history, message]}
        budget = engine.n_ctx // _NOTES_SHARE
        notes = recollect(who.journal, message.content, budget, engine.count, in_prompt)
    system = who.journal.conversation(message.conversation_id).system
    reserved = min(chat.max_tokens, engine.n_ctx // 4)
    return build(
        chat.system if system is None else system,
        notes,
        [ChatMessage(earlier.role, earlier.content) for earlier in history],
        message.content,
        engine.n_ctx - reserved,
        engine.count,
        engine.prompt.render,
    )


def _gathered(reply: Reply) -> Iterator[str]:
    """The pieces of a reply, joined for up to _GATHER_S seconds; the first one goes at once."""
    waiting, last = "", 0.0
    try:
        for piece in reply:
            waiting += piece
            now = time.monotonic()
            if now - last >= _GATHER_S:
                yield waiting
                waiting, last = "", now
    except ReverieError:
        if waiting:  # what had come before the error is kept
            yield waiting
        raise
    if waiting:
        yield waiting
