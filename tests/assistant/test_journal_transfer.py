"""Import and export: nothing lost, nothing twice, nothing half, and errors that name the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal.checks import verify
from assistant.journal.exchange import parse, write
from assistant.journal.transfer import Imported, export_conversations, import_conversations

DAY = "2026-11-23T10:00:00Z"


def message(
    content: Any = "Hi", role: str = "user", time: str = DAY, **more: Any
) -> dict[str, Any]:
    return {"role": role, "content": content, "time": time, **more}


def document(*conversations: list[dict[str, Any]], title: str = "t") -> bytes:
    return json.dumps(
        {"conversations": [{"title": title, "messages": entry} for entry in conversations]}
    ).encode()


def load(journal: Journal, data: bytes, trust: bool = False) -> Imported:
    return import_conversations(journal, parse(data, "day.json"), trust)


def export(journal: Journal) -> dict[str, Any]:
    exported: dict[str, Any] = json.loads("".join(write(export_conversations(journal))))
    return exported


def test_an_import_is_there_but_not_learned_from(journal: Journal):
    done = load(journal, document([message("I live in Utrecht"), message("Nice", "assistant")]))
    assert (done.conversations, done.messages, done.known, done.approved) == (1, 2, 0, 0)
    assert list(journal.since(0)) == []
    assert journal.search("utrecht")[0].message.created == "2026-11-23T10:00:00.000000+00:00"
    conversation = journal.conversations()[0]
    assert (conversation.origin, conversation.approved) == ("import", False)
    assert len(journal.thread(2)) == 2, "messages follow each other"


def test_importing_twice_adds_nothing(journal: Journal):
    data = document([message("one")], [message("one")], [message("one"), message("two")])
    first = load(journal, data)
    again = load(journal, data)
    assert (first.conversations, first.messages) == (3, 4)
    assert (again.conversations, again.messages, again.known) == (0, 0, 3)


def test_trust_approves_and_a_second_import_with_trust_approves_what_is_there(journal: Journal):
    data = document([message("one")])
    load(journal, data)
    again = load(journal, data, trust=True)
    assert (again.messages, again.approved) == (0, 1)
    assert [found.content for found in journal.since(0)] == ["one"]
    assert load(journal, data, trust=True).approved == 0
    assert load(journal, document([message("new")]), trust=True).approved == 1


def test_messages_approved_after_a_night_has_passed_them_are_still_gathered(journal: Journal):
    data = document([message("early"), message("reply", "assistant")])
    load(journal, data)
    talk = journal.new_conversation()
    read = journal.add_message(talk, "user", "read by the night")
    with journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, status, upto_message) VALUES ('x', 'learned', ?)", [read]
        )
    load(journal, data, trust=True)
    new = list(journal.since(read))
    assert [found.content for found in new] == ["early", "reply"]
    assert new[1].parent_id == new[0].id
    assert journal.search("early")[0].message.id == new[0].id
    assert journal.add_message(talk, "user", "later") > new[1].id
    assert load(journal, data).messages == 0
    assert verify(journal.path) == []


def test_a_conversation_that_has_grown_gets_only_its_new_messages(journal: Journal):
    load(journal, document([message("one")]))
    done = load(journal, document([message("one"), message("two")], title="renamed"))
    assert (done.conversations, done.messages, done.known) == (0, 1, 1)
    assert [found.content for found in journal.thread(2)] == ["one", "two"]
    assert load(journal, document([message("one")])).messages == 0, "a shorter one adds nothing"


def test_growth_cannot_slip_unapproved_text_into_an_approved_conversation(journal: Journal):
    load(journal, document([message("one")]), trust=True)
    grown = document([message("one"), message("my bank is Evil Bank")])
    load(journal, grown)
    assert [found.content for found in journal.since(0)] == ["one"]
    assert load(journal, grown).messages == 0


def test_a_journals_own_export_is_nothing_new_to_it(journal: Journal):
    talk = journal.new_conversation("Mine")
    first = journal.add_message(talk, "user", "one")
    journal.add_message(talk, "assistant", "two", parent_id=first)
    before = export(journal)
    done = load(journal, json.dumps(before).encode())
    assert (done.messages, done.known) == (0, 1)
    assert export(journal) == before


def test_branches_states_and_off_record_survive(journal: Journal, tmp_path: Path):
    talk = journal.new_conversation("Tree", system="Be kind.")
    ask = journal.add_message(talk, "user", "A joke?")
    journal.add_message(talk, "assistant", "First", parent_id=ask, state="stopped")
    journal.add_message(talk, "assistant", "Second", parent_id=ask)
    journal.add_message(talk, "user", "hush", off_record=True)
    with Journal.open(tmp_path / "other.db") as other:
        load(other, json.dumps(export(journal)).encode(), trust=True)
        assert export(other) == export(journal)
        assert [found.content for found in other.thread(3)] == ["A joke?", "Second"]
        assert "hush" not in [found.content for found in other.since(0)]
        assert other.conversations()[0].system == "Be kind."


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "'conversations' is missing"),
        (b'{"conversations": 3}', "'conversations' is missing or not a list"),
        (b'{"conversations": [3]}', r"conversations\[0\]: Expected `object`"),
        (b'{"conversations": [{"title": "t"}]}', r"conversations\[0\]: .*`messages`"),
        (b'{"conversations": [{"title": 4, "messages": []}]}', r"conversations\[0\]\.title"),
        (document([], [message(), {"role": "user"}]), r"\[1\]\.messages\[1\]: .*`content`"),
        (document([message(role="system")]), r"messages\[0\]\.role: .*'system'"),
        (document([message(content=None)]), r"messages\[0\]\.content: Expected `str`"),
        (document([message(time="yesterday")]), r"messages\[0\]\.time is 'yesterday'.*8601"),
        (document([message(time="0001-01-01T00:00:00+14:00")]), r"messages\[0\]\.time"),
        (document([message(parent=0)]), r"messages\[0\]\.parent is 0.*earlier"),
        (document([message(), message(parent=-1)]), r"messages\[1\]\.parent is -1"),
    ],
)
def test_bad_files_name_the_place_and_change_nothing(journal: Journal, data: bytes, place: str):
    with pytest.raises(ReverieError, match=place) as caught:
        load(journal, data)
    assert "day.json" in caught.value.message
    assert "Nothing was imported" in caught.value.hint
    assert journal.conversations() == []


def test_half_a_character_is_refused(journal: Journal):
    with pytest.raises(ReverieError, match=r"day\.json"):
        load(journal, document([message("\ud800")]))


def test_a_failure_in_the_middle_stores_nothing(journal: Journal):
    pages = journal.db.execute("PRAGMA page_count").fetchone()[0]
    journal.db.execute(f"PRAGMA max_page_count = {pages + 10}")
    many = [message("x" * 1000, time=f"2026-11-23T10:00:{n:02}Z") for n in range(60)]
    with pytest.raises(ReverieError, match="full"):
        load(journal, document([message("first")], many))
    assert journal.conversations() == []
    assert journal.search("first") == []


def test_times_without_a_zone_are_utc_and_a_byte_order_mark_is_no_matter(journal: Journal):
    load(journal, b"\xef\xbb\xbf" + document([message(time="2026-11-23 10:00")]))
    assert journal.message(1).created == "2026-11-23T10:00:00.000000+00:00"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {
            "role": st.sampled_from(["user", "assistant"]),
            "content": TEXT,
            "time": st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
        },
        optional={
            "off_record": st.booleans(),
            "state": st.sampled_from(["stopped", "interrupted"]),
        },
    ),
    max_size=5,
)
FILES = st.lists(st.fixed_dictionaries({"title": TEXT, "messages": MESSAGES}), max_size=4)


@given(FILES)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, conversations: list[Any]):
    folder = tmp_path_factory.mktemp("round")
    data = json.dumps({"conversations": conversations}).encode()
    try:
        entries = parse(data, "f")
    except ReverieError as error:  # years 1 and 9999 have no UTC time in every zone
        assert "time" in error.message  # noqa: PT017
        return
    with Journal.open(folder / "a.db") as one, Journal.open(folder / "b.db") as two:
        import_conversations(one, entries)
        exported = export(one)
        assert exported == json.loads("".join(write(iter(entries))))
        assert import_conversations(one, entries, trust=True).messages == 0
        load(two, json.dumps(exported).encode())
        assert export(two) == exported == export(one)
    assert verify(folder / "a.db") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["conversations", "messages", "title", "role", "content", "time", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON.map(json.dumps).map(str.encode) | st.binary(max_size=40))
def test_any_file_is_conversations_or_a_clear_error(data: bytes):
    try:
        parse(data, "f")
    except ReverieError as error:
        assert error.hint  # noqa: PT017
