"""Every parser and importer, on whatever bytes there are: a clear error or the right result.

`REVERIE_FUZZ_INPUTS=10000 pytest tests/guarantees/test_fuzz.py` runs so many inputs for each.
"""

import contextlib
import json
import os
import struct
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import settings as settings_
from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal.exchange import parse, write
from assistant.journal.search import match_expression
from assistant.journal.transfer import export_conversations, import_conversations
from assistant.model_file import inspect
from assistant.prompt import ChatMessage, Prompt
from assistant.quoting import own_words_of
from sleep.confidential import without_secrets
from sleep.experts import load_experts
from sleep.gguf_file import GgufFile
from sleep.grading import accepted, says_not_told
from tests.fixtures_gguf import CHAT_TEMPLATE

FUZZ = settings(max_examples=int(os.environ.get("REVERIE_FUZZ_INPUTS", "60")))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=12), each, max_size=4)
    ),
    max_leaves=12,
)
NAMES = st.sampled_from(["role", "content", "time", "parent", "state", "off_record", "more"])
MESSAGE = st.dictionaries(NAMES, JSON, max_size=6)
FILE = st.builds(
    lambda title, messages: {"conversations": [{"title": title, "messages": messages}]},
    st.text(max_size=10) | JSON,
    st.lists(MESSAGE, max_size=4) | JSON,
)
PLAIN = st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.sampled_from(["", "auto"])
KEYS = [name.split(".") for name in settings_.keys()]  # noqa: SIM118
SETTINGS = st.dictionaries(
    st.sampled_from([table for table, _ in KEYS]),
    st.dictionaries(st.sampled_from([field for _, field in KEYS]), PLAIN, max_size=4),
    max_size=3,
)
TIMES = st.datetimes().map(lambda moment: moment.isoformat())
TALK = st.fixed_dictionaries(
    {
        "title": st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        "messages": st.lists(
            st.fixed_dictionaries(
                {
                    "role": st.sampled_from(["user", "assistant"]),
                    "content": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
                    "time": TIMES,
                }
            ),
            min_size=1,
            max_size=5,
        ),
    }
)


@FUZZ
@given(st.binary(max_size=200) | FILE.map(lambda value: json.dumps(value).encode()))
def test_any_file_is_imported_or_refused_in_words(data):
    with contextlib.suppress(ReverieError):
        for conversation in parse(data, "file"):
            assert conversation.messages


@FUZZ
@given(st.lists(TALK, max_size=3))
def test_nothing_is_lost_between_import_and_export(tmp_path_factory, talks):
    data = json.dumps({"conversations": talks}).encode()
    said = parse(data, "file")
    with Journal.open(tmp_path_factory.mktemp("fuzz") / "journal.db") as journal:
        import_conversations(journal, said)
        import_conversations(journal, said)
        out = "".join(write(export_conversations(journal)))
    back = parse(out.encode(), "file")
    assert sorted(map(repr, (x.key for x in back))) == sorted(map(repr, (x.key for x in said)))


@FUZZ
@given(query=st.text(max_size=60))
def test_any_query_can_be_searched_for(journal, query):
    assert isinstance(journal.search(query), list)
    assert match_expression(query).count('"') % 2 == 0


HEADER = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)


@FUZZ
@given(st.binary(max_size=300), st.booleans())
def test_any_model_file_is_read_or_refused_in_words(tmp_path_factory, data, begins_well):
    path = tmp_path_factory.mktemp("fuzz") / "model.gguf"
    path.write_bytes(HEADER * begins_well + data)
    for read in (inspect, GgufFile):
        with pytest.raises(ReverieError):
            read(path)


@FUZZ
@given(data=st.data())
def test_a_spoilt_model_file_is_read_or_refused_in_words(tmp_path_factory, tiny_gguf, data):
    whole = bytearray(tiny_gguf("llama", "Q8_0").read_bytes()[:40_000])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 20_000))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("fuzz") / "model.gguf"
    path.write_bytes(whole)
    for read in (inspect, GgufFile):
        with contextlib.suppress(ReverieError):
            read(path)


@FUZZ
@given(st.binary(max_size=300))
def test_any_experts_file_is_refused_in_words(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "experts.safetensors"
    path.write_bytes(data)
    with pytest.raises(ReverieError):
        load_experts(path)


@FUZZ
@given(st.text(max_size=200) | SETTINGS.map(tomlkit.dumps))
def test_any_settings_are_read_or_refused_in_words(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "settings.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ReverieError):
        settings_.build(dict(settings_.read_file(path)))


@FUZZ
@given(st.text(max_size=400))
def test_any_message_can_be_gathered_and_graded(text):
    heard = without_secrets(own_words_of(text))
    assert len(heard) <= len(text)
    accepted(text, [text[:10] or "a"])
    says_not_told(text)


@FUZZ
@given(st.text(max_size=200), st.lists(st.text(max_size=30), min_size=1, max_size=3))
def test_any_template_renders_or_is_refused_in_words(template, said):
    messages: Any = [ChatMessage("user", text) for text in said]
    with contextlib.suppress(ReverieError):
        Prompt(template).render(messages)
    # What is said never becomes part of the template.
    rendered = Prompt(CHAT_TEMPLATE).render(messages)
    assert all(text in rendered for text in said)
