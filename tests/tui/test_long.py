"""Very long replies and conversations: only what is near is rendered, and nothing is lost."""

import asyncio
import re
import threading
from typing import Any

import pytest
from textual.events import Key
from textual.widgets import Markdown

from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tui.composer import Composer
from tui.entry import Entry
from tui.segments import LINES, around, code_blocks, height, joined, segments
from tui.transcript import Transcript

LONG = 10_000


def rendered(entry: Entry) -> int:
    return len(entry.query(Markdown))


async def test_a_reply_of_ten_thousand_lines_streams(start):
    chunk = "".join(f"line {n} of **many**\n\n" for n in range(250))
    async with start(FakeEngine([chunk] * (LONG // 500))) as chat:
        chat.one(Composer).text = "Talk"
        await chat.screen.action_send()
        while chat.screen.busy:  # no pilot here: it waits for a quiet screen, which there is not
            await asyncio.sleep(0.01)
        entry = list(chat.screen.query(Entry))[-1]
        assert entry.content.count("\n") == LONG
        assert "".join(piece.text for piece in entry.pieces).count("many") == LONG // 2
        transcript = chat.one(Transcript)
        await chat.until(lambda: transcript.scroll_y == transcript.max_scroll_y > LONG / 2)
        await chat.until(lambda: rendered(entry) < 10)
        await chat.pilot.press("pageup", "pageup")
        await chat.until(lambda: "line 2" in chat.text())
        assert rendered(entry) < 10


async def test_what_comes_fast_can_be_read_before_it_is_rendered(start):
    gate = threading.Event()
    text = "".join(f"**line** {n}\tand so on\n\n" for n in range(200))
    async with start(FakeEngine([text, gate])) as chat:
        await chat.say("Talk")
        await chat.until(lambda: "**line** 199    and" in chat.text())
        entry = list(chat.screen.query(Entry))[-1]
        assert rendered(entry) == 0
        gate.set()
        await chat.idle()
        await chat.reads("line 199")
        await chat.until(lambda: rendered(entry) > 0 and "**" not in chat.text())


async def test_a_long_reply_is_few_widgets(start):
    """Each takes time whenever anything moves."""
    text = "".join(f"line {n}\n\n" for n in range(LONG // 2))
    async with start(FakeEngine([text])) as chat:
        await chat.say("Talk")
        await chat.idle()
        entry = list(chat.screen.query(Entry))[-1]
        await chat.until(lambda: rendered(entry) > 0)
        assert len(entry.pieces) < 10
        shown = "\n\n".join(piece.text for piece in entry.pieces)
        assert re.findall(r"\d+", shown) == [str(n) for n in range(LONG // 2)]


async def test_a_piece_is_seen_all_the_time_while_it_comes_and_goes(start):
    text = "".join(f"*line* {n}\n\n" for n in range(300))
    async with start(FakeEngine([text])) as chat:
        await chat.say("Talk")
        await chat.idle()
        transcript = chat.one(Transcript)
        await chat.until(lambda: "line 299" in chat.text() and "*" not in chat.text())
        for _ in range(12):
            await chat.pilot.press("pageup")
            await chat.until(lambda: transcript.scroll_y == transcript.scroll_target_y)
            assert "line" in chat.text()
        await chat.until(lambda: "*" not in chat.text())
        numbers = [int(n) for n in re.findall(r"line (\d+)", chat.text())]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_paragraph_that_cannot_be_cut_is_rendered_all_the_same(start):
    text = "".join(f"- *item* {n}\n" for n in range(200))
    async with start(FakeEngine([text])) as chat:
        await chat.say("Talk")
        await chat.idle()
        await chat.until(lambda: "item 199" in chat.text() and "*" not in chat.text())


async def test_a_stored_long_reply_is_rendered_where_it_is_seen(start, paths):
    text = "\n\n".join(f"line {n}" for n in range(LONG // 2))
    with Journal.open(paths.journal) as journal:
        talk = journal.new_conversation("Long")
        asked = journal.add_message(talk, "user", "Talk")
        journal.add_message(talk, "assistant", text, parent_id=asked)
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: len(chat.entries) == 2)
        entry = list(chat.screen.query(Entry))[-1]
        await chat.reads(f"line {LONG // 2 - 1}")
        assert rendered(entry) < 10
        transcript = chat.one(Transcript)
        transcript.scroll_to(y=transcript.max_scroll_y // 2, animate=False)
        await chat.until(lambda: "line " in chat.text())
        await chat.until(lambda: rendered(entry) < 10)


async def test_scrolling_up_is_never_yanked_down(start):
    gate = threading.Event()
    lines = [f"line {n}  \n" for n in range(60)]
    async with start(FakeEngine(["".join(lines), gate, *lines])) as chat:
        await chat.say("Talk")
        transcript = chat.one(Transcript)
        await chat.until(lambda: "line 59" in chat.entries[-1][1])
        await chat.until(lambda: transcript.scroll_y == transcript.max_scroll_y > 30)
        await chat.pilot.press("pageup")
        await chat.until(lambda: transcript.scroll_y < transcript.max_scroll_y)
        kept, bottom = transcript.scroll_y, transcript.max_scroll_y
        gate.set()
        await chat.until(lambda: transcript.max_scroll_y > bottom + 30)
        await chat.idle()
        await chat.pilot.pause()
        assert transcript.scroll_y == kept
        await chat.pilot.press("ctrl+end")
        await chat.until(lambda: transcript.scroll_y == transcript.max_scroll_y)


async def test_only_the_end_of_a_very_long_conversation_is_drawn(start, paths):
    with Journal.open(paths.journal) as journal:
        conversation, parent = journal.new_conversation("Long"), None
        with journal.writing():
            for n in range(300):
                role: Any = "assistant" if n % 2 else "user"
                parent = journal.add_message(conversation, role, f"line {n}", parent_id=parent)
    async with start(FakeEngine()) as chat:
        await chat.until(lambda: len(chat.entries) == 40)
        assert chat.entries[-1][1] == "line 299"
        assert chat.lines(".notice") == ["260 earlier messages: scroll on for more.", ""]
        transcript = chat.one(Transcript)
        await chat.until(lambda: transcript.scroll_y == transcript.max_scroll_y > 0)


async def test_every_message_is_passed_on_the_way_up_and_down(start, paths):
    """What comes and goes outside of what is seen moves nothing that is."""
    with Journal.open(paths.journal) as journal, journal.writing():
        talk, parent = journal.new_conversation("Long"), None
        for n in range(120):
            parent = journal.add_message(talk, "user", f"number {n};\nand so on", parent_id=parent)
    async with start(FakeEngine(), size=(80, 40)) as chat:
        await chat.reads("number 119;")
        transcript = chat.one(Transcript)

        async def read() -> list[int]:
            await chat.until(lambda: not transcript._moving)
            return [int(n) for n in re.findall(r"number (\d+);", chat.text())]

        for key, end in (("pageup", 0), ("pagedown", 119)):
            seen = await read()
            passed = set(seen)
            for _ in range(30):
                if end not in seen:
                    await chat.pilot.press(key)
                    await chat.pilot.pause()
                    seen = await read()
                    passed |= set(seen)
            assert passed == set(range(120))
        assert len(chat.entries) <= 80


async def test_scrolling_faster_than_messages_come_gets_to_the_beginning(start, paths):
    with Journal.open(paths.journal) as journal, journal.writing():
        talk, parent = journal.new_conversation("Long"), None
        for n in range(120):
            parent = journal.add_message(talk, "user", f"number {n};", parent_id=parent)
    async with start(FakeEngine()) as chat:
        await chat.reads("number 119;")
        for _ in range(60):
            if "number 0;" not in chat.text():
                for _ in range(4):
                    chat.app.post_message(Key("pageup", None))
                await chat.pilot.pause()
        await chat.reads("number 0;")


def test_pieces_are_whole_markdown():
    code = "\n".join(f"x = {n}" for n in range(500))
    prose = "\n\n".join(f"word {n}" for n in range(200))
    text = f"{prose}\n\n```python\n{code}\n```\n\n{prose}"
    pieces = segments(text)
    assert max(piece.count("\n") for piece in pieces) <= LINES + 3
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    inside = [block for piece in pieces for block in code_blocks(piece)]
    assert "\n".join(inside) == code
    assert sum(piece.count("word") for piece in pieces) == 400


@pytest.mark.parametrize(("first", "last"), [(0, 10), (200, 260), (9_000, 9_010), (-50, -1)])
def test_a_long_text_is_cut_around_what_is_near(first, last):
    text = "\n\n".join(f"word {n}" for n in range(300))
    above, near, below = around(text, first, last)
    assert re.findall(r"\d+", joined([above, *near, below])) == [str(n) for n in range(300)]
    assert 1 <= len(near) <= 3
    if 0 <= first < 300:
        assert height(above) <= first + 2
        assert height(above) + sum(map(height, near)) >= last


def test_short_texts_are_one_piece():
    assert segments("") == [""]
    assert segments("a\n\nb") == ["a\n\nb"]


def test_code_blocks():
    assert code_blocks("a\n```py\nx\n```\nb\n~~~\ny\n```\nz\n~~~") == ["x", "y\n```\nz"]
    assert code_blocks("```\nnot closed") == ["not closed"]
    assert code_blocks("no code") == []
