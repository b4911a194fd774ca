"""Trained ids are served ids with a SentencePiece vocabulary, too, as Mistral and Phi-3 have it.

It differs where mistakes are made: a first token before every text, a space before every first
word, bytes as tokens of their own.
"""

import string
from pathlib import Path

import gguf
import pytest

from assistant.tokenizer import Tokenizer
from sleep.prompts import Asking, Prompts
from tests import fixtures_gguf
from tests.fixtures_gguf import CORPUS, VOCAB_SIZE, make_tiny_gguf
from tests.sleep.test_tokens import NOTE, QUESTION, SYSTEM, check_turns

UNKNOWN, BOS, EOS = "<unk>", "<s>", "</s>"
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token }}"
    "{% else %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endif %}{% endfor %}"
)


def write_spm(writer: gguf.GGUFWriter) -> None:
    """A vocabulary of SentencePiece: control tokens, bytes, letters, and the corpus's words."""
    kind = gguf.TokenType
    letters = sorted({*CORPUS, *string.ascii_letters, *"?'[]/"} - {" "})
    words = sorted({f"▁{word}" for word in CORPUS.split()})
    spare = [f"<spare {number}>" for number in range(VOCAB_SIZE)]
    tokens = [UNKNOWN, BOS, EOS, *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens = [*tokens, "▁", *letters, *words, *spare][:VOCAB_SIZE]
    kinds = [kind.UNKNOWN, kind.CONTROL, kind.CONTROL, *[kind.BYTE] * 256]
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([*kinds, *[kind.NORMAL] * (len(tokens) - len(kinds))])
    writer.add_token_scores([-float(number) for number in range(len(tokens))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(MISTRAL)


@pytest.fixture
def spm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fixtures_gguf, "_add_vocabulary", write_spm)
    return make_tiny_gguf("mistral", tmp_path / "spm.gguf")


def test_trained_is_served(spm, journal):
    check_turns(spm, journal)


def test_there_is_one_first_token(spm):
    prompts = Prompts(Tokenizer(spm), SYSTEM)
    ids = prompts.ids(Asking(QUESTION))
    assert ids.count(1) == 1
    assert ids[0] == 1
    example = prompts.example(Asking(QUESTION), NOTE)
    assert 1 not in example.answer
    assert example.answer[-1] == prompts.end == 2
