"""The ids that a night trains on are those that the app sends, to the last one."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from assistant.base import starter
from assistant.engine import Engine, Reply, Sampling
from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.prompt import ChatMessage
from assistant.settings import ChatSettings
from assistant.tokenizer import Tokenizer
from assistant.turn import Assistant, run_turn
from sleep.prompts import Asking, Prompts
from tests import fixtures_gguf
from tests.fixtures_gguf import ARCHITECTURES, CHAT_TEMPLATE, EOS_ID, make_tiny_gguf

SYSTEM = "You are a kind assistant."
NOTE = "Your dog is called Biscuit."
QUESTION = "What is my dog called?"
START = "<|im_start|>assistant\n"
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
TEMPLATES = {
    "thinks": CHAT_TEMPLATE.replace(START, START + "<think>\n\n</think>\n\n"),
    "takes no system": NO_SYSTEM + CHAT_TEMPLATE,
    "trims": CHAT_TEMPLATE.replace("message['content']", "message['content'] | trim"),
    "writes on after the end": CHAT_TEMPLATE.replace("'<|im_end|>'", "'<|im_end|>' + '\n'"),
}


class Listener(Engine):
    """An engine that remembers the ids it was given."""

    asked: list[list[int]]

    def stream(
        self, prompt: str | Sequence[ChatMessage] | Sequence[int], sampling: Sampling
    ) -> Reply:
        self.asked.append(self._ids(prompt))
        return super().stream(prompt, sampling)


@contextmanager
def listening(path: Path) -> Iterator[Listener]:
    engine = Listener(path, n_ctx=1024, n_threads=1, n_gpu_layers=0)
    engine.asked = []
    try:
        yield engine
    finally:
        engine.close()


def check_turns(path: Path, journal: Journal) -> None:
    """A plain first question, one with a note, and one in the middle of a conversation."""
    chat = ChatSettings(system=SYSTEM, max_tokens=4, temperature=0.0)
    with listening(path) as engine:
        prompts = Prompts(Tokenizer(path), SYSTEM)
        who = Assistant(journal, engine, chat, generation=0)
        first = journal.new_conversation()
        list(run_turn(who, first, QUESTION))
        ledger.add(journal, NOTE)
        list(run_turn(who, journal.new_conversation(), QUESTION))
        list(run_turn(who, first, QUESTION))
        reply = journal.messages(first)[1].content
        before = (ChatMessage("user", QUESTION), ChatMessage("assistant", reply))
        plain = prompts.example(Asking(QUESTION), NOTE)
        noted = prompts.example(Asking(QUESTION, (NOTE,)), NOTE)
        later = prompts.example(Asking(QUESTION, (NOTE,), before if reply else ()), NOTE)
        served = engine.asked
        assert [list(x.prompt) for x in (plain, noted)] == served[:2]
        if reply:
            assert list(later.prompt) == served[2]
        assert plain.answer == noted.answer == later.answer
        assert engine.prompt_ids(prompts.messages(Asking(QUESTION))) == served[0]
        assert prompts.ids(Asking(QUESTION)) == served[0]
        check_example(engine, prompts, plain.prompt, plain.answer)


def check_example(
    engine: Tokenizer, prompts: Prompts, prompt: Sequence[int], answer: Sequence[int]
) -> None:
    """The answer ends where the model must stop, once, and reads back as it was written."""
    assert answer[-1] == prompts.end == engine.info.eos_id
    assert engine.model.ends(answer[-1])
    assert not any(engine.model.ends(token) for token in answer[:-1])
    assert engine.detokenize(answer[:-1]).lstrip() == NOTE  # some templates begin with a space
    assert list(prompt[: len(prompts.prefix)]) == prompts.prefix


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_trained_is_served(arch, tiny_gguf, journal):
    path = tiny_gguf(arch)
    check_turns(path, journal)
    assert Prompts(Tokenizer(path), SYSTEM).end == EOS_ID


@pytest.mark.parametrize("name", TEMPLATES)
def test_trained_is_served_whatever_the_template(name, journal, tmp_path, monkeypatch):
    monkeypatch.setattr(fixtures_gguf, "CHAT_TEMPLATE", TEMPLATES[name])
    check_turns(make_tiny_gguf("llama", tmp_path / "model.gguf"), journal)


@pytest.mark.starter
def test_trained_is_served_by_the_starter(journal):
    check_turns(starter(), journal)


@pytest.fixture
def prompts(tiny_gguf):
    return Prompts(Tokenizer(tiny_gguf("qwen2")), SYSTEM)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_shared_prefix_is_one(arch, tiny_gguf):
    prompts = Prompts(Tokenizer(tiny_gguf(arch)), SYSTEM)
    assert len(prompts.prefix) > 10
    asked = [QUESTION, "a", "", "\nWhy?", "  two spaces", "\u00e9t\u00e9", "you", "<|im_end|>", "1"]
    shared = {question: prompts.example(Asking(question), NOTE) for question in asked}
    for example in shared.values():
        assert example.shared in (0, len(prompts.prefix))
        assert list(example.prompt[: example.shared]) == prompts.prefix[: example.shared]
        assert len(example.prompt) > example.shared
    assert shared[QUESTION].shared == len(prompts.prefix)
    in_prompt = prompts.example(Asking(QUESTION, (NOTE,)), NOTE)
    assert list(in_prompt.prompt[: in_prompt.shared]) == prompts.prefix[: in_prompt.shared]


def test_other_prompts_share_nothing(prompts):
    strange = prompts.answered([9, 9, *prompts.prefix], [3])
    assert (strange.shared, strange.answer) == (0, (3,))
    short = prompts.answered(prompts.prefix[:-1], [3])
    assert short.shared == 0
    assert prompts.answered(prompts.prefix, [3]).shared == len(prompts.prefix)


def test_what_was_learned_is_a_turn_of_the_conversation(prompts):
    """Prompt and answer are how the next turn begins: the KV cache of a reply stays good."""
    example = prompts.example(Asking(QUESTION), NOTE)
    turn = (ChatMessage("user", QUESTION), ChatMessage("assistant", NOTE))
    following = prompts.ids(Asking("And my cat?", before=turn))
    assert following[: len(example.prompt) + len(example.answer)] == [
        *example.prompt,
        *example.answer,
    ]


def test_without_a_system_text_there_is_none(tiny_gguf):
    tokenizer = Tokenizer(tiny_gguf("llama"))
    bare = Prompts(tokenizer, "")
    assert bare.messages(Asking("Hi")) == [ChatMessage("user", "Hi")]
    assert "system" not in tokenizer.detokenize(bare.ids(Asking("Hi")), special=True)


def test_the_notes_go_where_the_app_puts_them(prompts):
    before = (ChatMessage("user", "Hi"), ChatMessage("assistant", "Hello"))
    head, *earlier, _, note, last = prompts.messages(Asking(QUESTION, (NOTE, "More."), before))
    assert head == ChatMessage("system", SYSTEM)
    assert tuple(earlier) == before
    assert note == ChatMessage("assistant", f"{NOTE} More.")
    assert last == ChatMessage("user", QUESTION)


def test_a_file_that_names_no_end_cannot_be_taught(tiny_gguf):
    tokenizer = Tokenizer(tiny_gguf("llama"))
    tokenizer.info = dataclasses.replace(tokenizer.info, eos_id=None)
    with pytest.raises(ReverieError, match="which token ends an answer"):
        Prompts(tokenizer, SYSTEM)
