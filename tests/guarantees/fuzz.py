"""Any bytes for every parser and importer: `python -m tests.guarantees.fuzz --inputs 10000`.

Each target takes whatever there is (arbitrary bytes, nearly right files, whole ones with bytes
changed) and must answer with a result or with a sentence (ReverieError); what is imported must come
out again. The inputs are shared out evenly. Prints the count; a short run goes with the tests.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import struct
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from assistant import model_file, shelves
from assistant import settings as settings_
from assistant.errors import ReverieError
from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.checks import verify
from assistant.journal.exchange import parse, write
from assistant.journal.search import match_expression
from assistant.journal.transfer import export_conversations, import_conversations
from assistant.levels import levels_of
from assistant.paths import Paths
from assistant.prompt import ChatMessage, Prompt
from assistant.quoting import own_words_of
from assistant.recollect import stems
from sleep import levels
from sleep.confidential import without_secrets
from sleep.experts import Expert, load_experts, save_experts
from sleep.gguf_file import GgufFile
from sleep.grading import accepted, says_not_told
from sleep.manifest import read_manifest
from sleep.memory import Heard
from sleep.recall import read as recall
from tests.fixtures_gguf import CHAT_TEMPLATE, make_tiny_gguf
from tui import attachment, segments, slash

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=12), each, max_size=4)
    ),
    max_leaves=12,
)
BYTES = st.binary(max_size=200)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_VOCABULARY = (
    "my dog Anna is called has the a and I we you don't not in Porto since 1998 , . ! ? ; : - no"
    " wait actually remember that favourite who her's two nurse work lives like was ' \" \n"
)
WORDS = st.lists(st.sampled_from(_VOCABULARY.split(" ")), max_size=25).map(" ".join)


Check = Callable[[Any, Path], None]


@dataclass(frozen=True)
class Target:
    """A parser or importer: what it is given, and a check that raises when it crashes or loses."""

    name: str
    inputs: st.SearchStrategy[Any]
    check: Check


TARGETS: list[Target] = []


def target(inputs: st.SearchStrategy[Any]) -> Callable[[Check], None]:
    """Take up a check, under its name; it gets an input and a folder of its own to write in."""

    def take(check: Check) -> None:
        TARGETS.append(Target(check.__name__, inputs, check))

    return take


def run(chosen: Target, inputs: int, number: int = 0) -> int:
    """Give a target about so many inputs, the same ones for the same number; returns how many.

    Raises what it crashed with, after making the input as small as possible.
    """
    given_so_far = 0

    def one(value: Any) -> None:
        nonlocal given_so_far
        given_so_far += 1
        with tempfile.TemporaryDirectory(prefix="reverie-fuzz-") as folder:
            chosen.check(value, Path(folder))

    quiet = settings(
        max_examples=inputs, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    seed(number)(quiet(given(chosen.inputs)(one)))()
    return given_so_far


def _json(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return strategy.map(lambda value: json.dumps(value).encode())


@st.composite
def _spoilt(draw: st.DrawFn, whole: Callable[[], bytes], within: int) -> bytes:
    """A file with a few bytes changed among the first `within`, or cut off somewhere."""
    data = bytearray(whole())
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, min(within, len(data)) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.just(len(data)) | st.integers(0, len(data)))])


@cache
def _model() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        made = make_tiny_gguf("llama", Path(folder) / "tiny.gguf", 0, "Q8_0")
        return made.read_bytes()[:40_000]


@cache
def _experts() -> bytes:
    module = "model.layers.0.self_attn.q_proj"
    tensors = {f"{module}.A": torch.ones(2, 4), f"{module}.B": torch.ones(4, 2)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experts.safetensors"
        save_experts(path, [Expert("day-0001", 1, 1, 2, 4.0, 1.0, tensors)])
        return path.read_bytes()


@cache
def _journal() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with Journal.open(Path(folder) / "journal.db") as journal:
            journal.add_message(journal.new_conversation("talk"), "user", "My dog is called Rex.")
        return (Path(folder) / "journal.db").read_bytes()


# -- what is said, imported and exported

NAMES = st.sampled_from(["role", "content", "time", "parent", "state", "off_record", "more"])
FILE = st.builds(
    lambda title, messages: {"conversations": [{"title": title, "messages": messages}]},
    st.text(max_size=10) | JSON,
    st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=4) | JSON,
)


@target(BYTES | _json(FILE) | _json(JSON))
def a_file_of_conversations(data: bytes, _folder: Path) -> None:
    with contextlib.suppress(ReverieError):
        for conversation in parse(data, "file"):
            assert conversation.messages


@st.composite
def _talk(draw: st.DrawFn) -> dict[str, Any]:
    """A conversation in the format, with branches, off-record messages and replies cut off."""
    messages: list[dict[str, Any]] = []
    for place in range(draw(st.integers(1, 5))):
        message = {
            "role": draw(st.sampled_from(["user", "assistant"])),
            "content": draw(TEXT),
            "time": draw(st.datetimes()).isoformat(),
            "off_record": draw(st.booleans()),
        }
        if place and draw(st.booleans()):
            message["parent"] = draw(st.integers(0, place - 1) | st.none())
        if draw(st.booleans()):
            message["state"] = draw(st.sampled_from(["complete", "stopped", "interrupted"]))
        messages.append(message)
    return {"title": draw(TEXT), "system": draw(TEXT | st.none()), "messages": messages}


@target(st.lists(_talk(), max_size=3))
def nothing_is_lost_between_import_and_export(talks: list[Any], folder: Path) -> None:
    said = parse(json.dumps({"conversations": talks}).encode(), "file")
    with Journal.open(folder / "journal.db") as journal:
        import_conversations(journal, said)
        import_conversations(journal, said)
        out = "".join(write(export_conversations(journal)))
        assert verify(journal.path) == []
    back = parse(out.encode(), "file")
    assert sorted(map(_all_of, back)) == sorted(map(_all_of, said))


def _all_of(conversation: Any) -> str:
    """Everything that a conversation says, with the default of what may be left out."""
    messages = [
        (
            *m.key,
            (place - 1 if place else None) if m.parent is msgspec.UNSET else m.parent,
            "complete" if m.state is msgspec.UNSET else m.state,
            m.off_record,
        )
        for place, m in enumerate(conversation.messages)
    ]
    return repr((conversation.title, conversation.system, messages))


@target(st.text(max_size=60) | WORDS)
def a_search(query: str, folder: Path) -> None:
    with Journal.open(folder / "journal.db") as journal:
        journal.add_message(journal.new_conversation(), "user", "My dog is called Rex.")
        assert isinstance(journal.search(query), list)
    assert match_expression(query).count('"') % 2 == 0


@target(_spoilt(_journal, 200_000) | st.binary(max_size=300))
def a_journal_file(data: bytes, folder: Path) -> None:
    path = folder / "journal.db"
    path.write_bytes(data)
    with contextlib.suppress(ReverieError), Journal.open(path) as journal:
        for conversation in journal.conversations():
            journal.messages(conversation.id)
    with contextlib.suppress(ReverieError):
        verify(path)


@target(st.text(max_size=400) | WORDS)
def what_is_gathered_and_graded(text: str, _folder: Path) -> None:
    assert len(without_secrets(own_words_of(text))) <= len(text)
    accepted(text, [text[:10] or "a"])
    says_not_told(text)


@target(st.lists(WORDS | st.text(max_size=80), min_size=1, max_size=3))
def what_recall_reads(said: list[str], _folder: Path) -> None:
    heard = [Heard(number, text, "Who is it?", 1, "") for number, text in enumerate(said, 1)]
    for fact in recall(heard, model=None, known=(), seed=0).facts:
        assert fact.text
        assert fact.lessons
        assert 1 <= fact.message_id <= len(said)


@target(st.tuples(st.text(max_size=120) | WORDS, WORDS, st.sampled_from(["Anna", "Porto nurse"])))
def what_is_forgotten(said: tuple[str, str, str], folder: Path) -> None:
    """No word of the answer stays; the message only does where another memory draws on it."""
    text, reply, answer = said
    paths = Paths.under(folder / "home").make()
    with Journal.open(paths.journal) as journal:
        talk = journal.new_conversation("talk")
        own = journal.add_message(talk, "user", text.encode("utf-8", "replace").decode())
        journal.add_message(talk, "assistant", reply, own)
        with journal.writing() as db:
            for number, (fact, words) in enumerate([("It is Anna.", answer), ("A dog.", "dog")]):
                db.execute(
                    "INSERT INTO memories (id, text, state, answer, message_id, source, created)"
                    " VALUES (?, ?, 'waiting', ?, ?, ?, '')",
                    [number + 1, fact, words, own, text.encode("utf-8", "replace").decode()],
                )
        forget(journal, Generations(paths, journal), 1)
        left = [m for m in journal.messages(talk) if m.role == "user"]
        assert not any(stems(answer) & stems(m.content) for m in left)
        assert all("dog" in stems(m.content) for m in left)
        assert verify(journal.path) == []


# -- files of models

HEADER = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)


@target(st.binary(max_size=300) | st.binary(max_size=300).map(lambda data: HEADER + data))
def a_file_that_is_no_model(data: bytes, folder: Path) -> None:
    _read_model(data, folder, must_fail=True)


@target(_spoilt(_model, 20_000))
def a_spoilt_model_file(data: bytes, folder: Path) -> None:
    _read_model(data, folder, must_fail=False)


def _read_model(data: bytes, folder: Path, must_fail: bool) -> None:
    path = folder / "model.gguf"
    path.write_bytes(data)
    for read in (model_file.inspect, GgufFile):
        try:
            read(path)
        except ReverieError:
            continue
        assert not must_fail, read


@target(_spoilt(_experts, 2_000) | st.binary(max_size=300))
def a_file_of_experts(data: bytes, folder: Path) -> None:
    path = folder / "experts.safetensors"
    path.write_bytes(data)
    with contextlib.suppress(ReverieError):
        for expert in load_experts(path):
            assert expert.modules is not None


MANIFEST = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("generation", "parent", "levels", "recipe", "exam"), JSON)
)


@target(BYTES | _json(MANIFEST) | _json(JSON))
def a_manifest(data: bytes, folder: Path) -> None:
    paths = Paths.under(folder).make()
    generations = Generations(paths)
    generations.folder(1).mkdir(parents=True)
    (generations.folder(1) / "manifest.json").write_bytes(data)
    with contextlib.suppress(ReverieError):
        read_manifest(generations.folder(1))
    with contextlib.suppress(ReverieError):
        levels_of(generations, 1)


@target(
    st.binary(max_size=40)
    | st.text(max_size=20).map(str.encode)
    | st.integers().map(str).map(str.encode)
)
def the_file_that_names_the_served_model(data: bytes, folder: Path) -> None:
    """Read, or mended from the journal at the next start."""
    paths = Paths.under(folder).make()
    (paths.generations_dir / "current").write_bytes(data)
    with Journal.open(paths.journal) as journal:
        generations = Generations(paths, journal)
        generations.settle()
        assert generations.current_id() >= 0


@target(BYTES | _json(JSON) | _json(st.builds(lambda x: {"layers": [x]}, JSON)))
def what_other_programs_keep(data: bytes, folder: Path) -> None:
    file = folder / ".ollama/models/manifests/host/library/model/tag"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    (folder / ".lmstudio-home-pointer").write_bytes(data[:40])
    shelves.scan(Paths.under(folder / "home").make(), folder, {})


# -- settings, templates, and what is typed

PLAIN = st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.sampled_from(["", "auto"])
KEYS = list(settings_.keys())
TABLES = st.dictionaries(
    st.sampled_from(sorted({key.partition(".")[0] for key in KEYS})),
    st.dictionaries(st.sampled_from([key.partition(".")[2] for key in KEYS]), PLAIN, max_size=4),
    max_size=3,
)


@target(st.text(max_size=200) | TABLES.map(tomlkit.dumps))
def a_file_of_settings(text: str, folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ReverieError):
        settings_.build(dict(settings_.read_file(path)))


@target(st.tuples(st.sampled_from(KEYS), st.text(max_size=30) | PLAIN.map(str)))
def a_setting(given_: tuple[str, str], folder: Path) -> None:
    """What is stored is what is read again."""
    paths = Paths.under(folder).make()
    name, text = given_
    with contextlib.suppress(ReverieError):
        stored = settings_.store(paths, name, text)
        assert dict(settings_.read_file(paths.settings_file))[name] == stored


@target(st.text(max_size=30) | st.from_regex(r"[a-z]{1,4} \d{1,3}(, ?[a-z]{1,4} \d{1,3}){0,3}"))
def memory_levels(text: str, _folder: Path) -> None:
    with contextlib.suppress(ReverieError):
        assert levels.parse(text)[0].period == 1


@target(st.tuples(st.text(max_size=200), st.lists(TEXT, min_size=1, max_size=3)))
def a_chat_template(given_: tuple[str, list[str]], _folder: Path) -> None:
    template, said = given_
    messages = [ChatMessage("user", text) for text in said]
    with contextlib.suppress(ReverieError):
        Prompt(template).render(messages)
    # What is said never becomes part of the template.
    rendered = Prompt(CHAT_TEMPLATE).render(messages)
    assert all(text in rendered for text in said)


@target(st.text(max_size=60).map(lambda text: "/" + text) | st.text(max_size=60))
def a_command(text: str, folder: Path) -> None:
    slash.parse(text)
    for suggestion in slash.suggest(text, ["Cook", "Coach"], folder):
        assert suggestion.text.startswith("/")


@target(BYTES | TEXT.map(str.encode))
def an_attachment(data: bytes, folder: Path) -> None:
    path = folder / "notes.txt"
    path.write_bytes(data)
    with contextlib.suppress(ReverieError):
        attached = attachment.read(path)
        assert attached.text.rstrip() in attached.as_message()
        assert own_words_of(attached.as_message()) in ("", "notes.txt:")


@target(
    st.lists(st.sampled_from(["```", "~~~", "", "text", "```py", "# a"]), max_size=400).map(
        "\n".join
    )
)
def a_long_reply(text: str, _folder: Path) -> None:
    """Shown in pieces: no line of it is lost."""
    lines = "\n".join(segments.segments(text)).split("\n")
    assert lines.count("text") == text.split("\n").count("text")
    segments.code_blocks(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz every target, print the count; 0 when nothing crashed and nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    each = -(-options.inputs // len(TARGETS))
    total = failed = 0
    for chosen in TARGETS:
        count = 0
        number = options.seed
        try:
            while count < each:
                count += run(chosen, each - count, number)
                number += 1
            print(f"{count:6} {chosen.name.replace('_', ' ')}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {chosen.name.replace('_', ' ')}\n{traceback.format_exc()}", flush=True)
        total += count
    found = f"{failed} crashed or lost something"
    print(f"{total} inputs to {len(TARGETS)} parsers and importers, {found}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
