"""What holds on every screen: keys, help, palette, themes, sizes, no colour."""

import os
import re
import selectors
import subprocess
import sys

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.command import CommandPalette
from textual.drivers import linux_driver
from textual.widgets import Input

from assistant import settings
from assistant.errors import SettingsError
from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui.app import ReverieApp
from tui.chat_screen import ChatScreen
from tui.compare_screen import CompareScreen
from tui.composer import Composer
from tui.entry import Entry
from tui.help_screen import KEYS, HelpScreen
from tui.memories_screen import MemoriesScreen
from tui.mode_screen import ModeScreen
from tui.nights_screen import NightsScreen
from tui.session import Session
from tui.sidebar import Sidebar
from tui.sleep_screen import SleepScreen
from tui.status_line import StatusLine
from tui.top_bar import MODES, TopBar, _Place

SIZES = [(80, 24), (110, 34), (180, 50)]


@pytest.mark.parametrize("size", [*SIZES, (40, 12)])
async def test_every_screen_can_be_reached_and_nothing_leaves_it(start, paths, size):
    story.tell(paths)
    async with start(FakeEngine(), size=size) as chat:
        for mode, (key, title) in MODES.items():
            await chat.pilot.press(key)
            await chat.until(lambda mode=mode: chat.app.current_mode == mode)
            screen = chat.app.screen
            assert isinstance(screen, ModeScreen)
            await chat.until(lambda screen=screen: screen.query_one(StatusLine).region.height == 1)
            assert title in chat.text() or size[0] < 60
            for kind in (TopBar, StatusLine):
                region = screen.query_one(kind).region
                assert region.right <= size[0]
                assert region.bottom <= size[1]


async def test_the_mouse_works(start):
    async with start(FakeEngine(), size=(110, 34)) as chat:
        places = list(chat.screen.query(_Place))
        await chat.pilot.click(places[1])
        await chat.until(lambda: isinstance(chat.app.screen, SleepScreen))


async def test_help_names_every_command(start):
    async with start(FakeEngine(), size=(110, 100)) as chat:
        await chat.pilot.press("f1")
        await chat.until(lambda: isinstance(chat.app.screen, HelpScreen))
        for keys in KEYS.values():
            await chat.reads(*(meaning.split(" (")[0][:40] for _, meaning in keys))
        await chat.reads("/attach FILE", "Leave; a night goes on")
        await chat.pilot.press("escape")
        await chat.until(lambda: not isinstance(chat.app.screen, HelpScreen))


NAMES = {"slash": "/", "escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "delete": "d"}


@pytest.mark.parametrize(
    ("place", "kinds"),
    {
        "Everywhere": [ReverieApp],
        "Talk": [ChatScreen, Composer, Sidebar],
        "On a message": [Entry],
        "Sleep": [SleepScreen],
        "Memories": [MemoriesScreen],
        "Nights": [NightsScreen],
        "Compare": [CompareScreen],
    }.items(),
)
def test_help_has_every_key(place, kinds):
    told = {key for keys, _ in KEYS[place] for key in re.split(", | … ", keys)}
    told |= {f"F{number}" for number in range(2, 7)} if "F2" in told else set()
    bound = [key for kind in kinds for each in kind.BINDINGS for key in each.key.split(",")]
    for key in bound:
        *control, last = key.split("+")
        name = NAMES.get(last, last if len(last) == 1 and not control else last.title())
        assert "+".join([*("Ctrl" for _ in control), name]) in told


async def test_the_command_palette_goes_places(start):
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.pilot.press("ctrl+p")
        await chat.until(lambda: isinstance(chat.app.screen, CommandPalette))
        await chat.pilot.press(*"go to compare")
        await chat.reads("Go to Compare")
        await chat.pilot.press("enter", "enter")
        await chat.until(lambda: isinstance(chat.app.screen, CompareScreen))
        assert chat.app.screen.query_one(Input).has_focus


async def test_a_theme_that_was_chosen_is_kept(start, paths):
    async with start(FakeEngine()) as chat:
        assert chat.app.theme == "reverie-dark"
        await chat.app.run_action("light_or_dark")
        assert chat.app.theme == "reverie-light"
        await chat.until(lambda: settings.load(paths).tui.theme == "reverie-light")
    async with start(FakeEngine()) as chat:
        assert chat.app.theme == "reverie-light"


def test_a_theme_that_does_not_exist_is_an_error_before_anything_is_drawn(paths):
    settings.store(paths, "tui.theme", "pink")
    with pytest.raises(SettingsError, match="'pink', which is no theme"):
        ReverieApp(Session(paths))


COLOURLESS = ("default", None)


async def test_without_colour_everything_is_still_said(start, paths, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story.tell(paths)
    async with start(FakeEngine("Yes."), size=(110, 34)) as chat:
        assert chat.app.no_color

        def segments() -> list[Segment]:
            strips = chat.app.screen._compositor.render_strips()
            found = [segment for strip in strips for segment in strip]
            for segment in found:
                style = segment.style or Style()
                assert (style.color.name if style.color else None) in COLOURLESS
                assert (style.bgcolor.name if style.bgcolor else None) in COLOURLESS
            return found

        def marked(text: str) -> bool:
            """Whether these words stand out."""
            return any(
                text in segment.text
                and segment.style
                and (segment.style.reverse or segment.style.underline)
                for segment in segments()
            )

        await chat.pilot.press("ctrl+o")
        await chat.reads("OFF THE RECORD", "Message, off the record", "drowsy · a night is due")
        await chat.until(lambda: marked("Talk"))
        await chat.pilot.press("ctrl+o", "slash")
        await chat.until(lambda: marked("/new"))
        await chat.pilot.press("backspace", "f4")
        await chat.reads("● learned", "◐ shaky", "? proposed", "? waits for your approval")
        await chat.until(lambda: marked("Your neighbour is called Ahmed."))
        await chat.pilot.press("f5")
        await chat.reads("✓ 1  learned", "● generation 1", "served", "The exam: passed")
        await chat.until(lambda: marked("1  learned"))
        await chat.pilot.press("f3")
        await chat.reads("✗ When does Nora visit?", "✓ recall")
        segments()
        await chat.pilot.press("f6")
        await chat.reads("generation 1 (served)")
        segments()


@pytest.mark.parametrize(("name", "ours"), [("ESCDELAY", "25"), ("TEXTUAL_FPS", "250")])
@pytest.mark.parametrize("own", [None, "30"])
def test_textual_is_told_to_be_quick_unless_the_user_has_said_how(own, name, ours, monkeypatch):
    monkeypatch.delenv("ESCDELAY", raising=False)
    monkeypatch.delenv("TEXTUAL_FPS", raising=False)
    if own is not None:
        monkeypatch.setenv(name, own)
    code = "import tui.app, textual.constants as c; print(c.ESCAPE_DELAY * 1000, c.MAX_FPS)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = dict(zip(("ESCDELAY", "TEXTUAL_FPS"), run.stdout.split(), strict=True))
    assert float(told[name]) == float(own or ours)


async def test_after_something_has_come_it_waits_for_no_more_than_the_rest_of_a_key(start):
    coming, going = os.pipe()
    async with start(FakeEngine()):
        with vars(linux_driver)["selectors"].SelectSelector() as selector:
            selector.register(coming, selectors.EVENT_READ)
            os.write(going, b"\x1b")
            assert selector.select(None)
            os.read(coming, 1)
            assert not selector.select(None), "it comes back though nothing follows"
            os.write(going, b"x")
            assert selector.select(None), "and now it waits again"
    for each in (coming, going):
        os.close(each)


async def test_nothing_that_is_drawn_is_obeyed_by_the_terminal(start, paths):
    with Journal.open(paths.journal) as journal:
        talk = journal.new_conversation("A \x1b]0;title\x07")
        said = journal.add_message(talk, "user", "a log \x1b[31mred\x9b2J")
        journal.add_message(talk, "assistant", "`co\x1b[2Jde` and *more\x1b[32m*", parent_id=said)
    async with start(FakeEngine(), size=(120, 30)) as chat:
        await chat.reads("a log", "and more")
        drawn = [
            each.text
            for strip in chat.screen._compositor.render_strips()
            for filter_ in chat.app.get_line_filters()
            for each in strip.apply_filter(filter_, Color(0, 0, 0))
        ]
        assert "a log [31mred2J" in "".join(drawn)
        assert "co[2Jde" in "".join(drawn)
        assert not any(ord(letter) < 32 for text in drawn for letter in text)
