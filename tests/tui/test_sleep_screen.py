"""The night as it is seen from the terminal, and started and stopped from there."""

import os
import subprocess
import sys

import pytest
from textual.widgets import Input, Static

from assistant import night_process
from assistant.journal import events
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui import sleep_screen
from tui.curve import Curve
from tui.dialogs import AskLine, Confirm
from tui.sleep_screen import SleepScreen
from tui.status_line import StatusLine


class Nights:
    """In place of the process that a night is; `code` is its exit code, None while it runs."""

    def __init__(self) -> None:
        self.started: list[list[str]] = []
        self.stopped: list[int] = []
        self.code: int | None = None
        self.pid = os.getpid()

    def __call__(self, _paths: object, arguments: list[str]) -> "Nights":
        self.started.append(arguments)
        return self

    def ended(self) -> int | None:
        return self.code

    def complaint(self) -> str:
        return "Another night is running (process 7). Wait for it."

    def stop(self, pid: int) -> None:
        self.stopped.append(pid)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Nights:
    nights = Nights()
    monkeypatch.setattr(sleep_screen, "NightProcess", nights)
    monkeypatch.setattr(night_process, "stop", nights.stop)
    return nights


async def test_a_running_night_is_watched(start, paths):
    story.tell(paths, os.getpid())
    async with start(FakeEngine(), size=(110, 34)) as chat:
        screen = await chat.go("sleep", SleepScreen)
        await chat.reads(
            "Asleep. Night 2 is learning",
            "6 min 12 s left",
            "1,840 MB",
            "on mains, 96 %",
            "✓ recall",
            "▸ seed",
            "62%",
            "Learning now  Your sister Nora visits on Sunday.",
            "asleep · night 2 is running: learning",
            "Decided 11 Mar 09:30, waited: you were typing two minutes ago",
        )
        assert len(screen.query_one("#loss", Curve)._values) == 60
        assert screen.query_one("#recall", Curve).border_subtitle == "93%"
        assert any(char > "⠀" for char in chat.text() if "⠀" < char <= "⣿")
        journal = chat.app.session.journal
        events.tell(journal, 2, [("dream", "dream", {"text": "A park.", "memory_ids": []})])
        await chat.pilot.press("d")
        await chat.reads("Dreams (1)", "A park.")


async def test_the_exam_is_watched_question_by_question(start, paths):
    story.tell(paths, os.getpid())

    def answer(place: int, question: str, after: str | None, right: bool | None) -> None:
        data = {"place": place, "part": "new", "question": question, "before": "Bread.\nOr so."}
        data |= {"after": after, "right": right, "memory_id": 3, "was_right": False}
        events.tell(chat.app.session.journal, 2, [("exam", "question", data)])

    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.reads("No exam yet.")
        answer(0, "Who is Biscuit?", None, None)
        answer(1, "Who is Nora?", None, None)
        await chat.reads("The exam (2 asked of the model as it was)")
        await chat.reads("· Who is Biscuit?", "before: Bread. Or so.")
        answer(1, "Who is Nora?", "Your sister.", True)
        await chat.reads("The exam (1 of 1 right)", "✓ Who is Nora?", "Your sister.")
        await chat.reads("· Who is Biscuit?")
        answer(0, "Who is Biscuit?", "A cat.", False)
        await chat.reads("The exam (1 of 2 right)", "✗ Who is Biscuit?", "A cat.")
        await chat.reads("The exam, ┃ passes", "1/2")
        assert "before:" not in chat.text()
        lines = [line for line in chat.text().splitlines() if "Who is" in line]
        assert "Nora" in lines[0], "the last answer comes last"


async def test_the_exam_is_watched_against_what_passing_needs(start, paths):
    story.tell(paths, os.getpid())
    async with start(FakeEngine(), size=(110, 34)) as chat:
        story.sit(chat.app.session.journal)
        await chat.go("sleep", SleepScreen)
        await chat.reads("The exam, ┃ passes", "new       ━━━━┃━── 3/4", "ordinary  ", "1/1")
        await chat.reads("unknown   ──────── 0/1")
        assert "Worst of its kind" not in chat.text()
        assert "Learning now" not in chat.text()


async def test_the_last_answer_stays_in_sight_whatever_the_room(start, paths, monkeypatch):
    """At once, not only when the night is looked at again."""
    monkeypatch.setattr(sleep_screen, "_LOOK_S", 1e6)
    story.tell(paths, os.getpid())
    async with start(FakeEngine()) as chat:
        story.sit(chat.app.session.journal)
        screen = await chat.go("sleep", SleepScreen)
        await chat.reads("before: Alec.", "sitting the exam")
        box = screen.query_one("#told")
        for height in (20, 24, 22):
            await chat.pilot.resize_terminal(80, height)
            await chat.until(lambda height=height: screen.size.height == height)
            assert box.max_scroll_y > 0
            assert box.scroll_y == box.max_scroll_y


async def test_who_has_scrolled_up_is_left_there(start, paths):
    story.tell(paths, os.getpid())
    async with start(FakeEngine()) as chat:
        journal = chat.app.session.journal
        story.sit(journal)
        screen = await chat.go("sleep", SleepScreen)
        await chat.reads("before: Alec.")
        await chat.pilot.press("home")
        await chat.reads("Which town is my home?")
        answer = {"place": 5, "part": "unknown", "question": "What is my brother's name?"}
        answer |= {"before": "Alec.", "was_right": False, "after": "Tom.", "right": False}
        events.tell(journal, 2, [("exam", "question", answer)])
        await chat.reads("4 of 6 right", "Which town is my home?")
        assert screen.query_one("#told").scroll_y == 0
        await chat.pilot.press("end")
        await chat.reads("Tom.")


async def test_it_may_be_closed_and_opened_again_while_the_night_runs(start, paths):
    story.tell(paths, os.getpid())
    for _ in range(2):
        async with start(FakeEngine(), size=(110, 34)) as chat:
            screen = await chat.go("sleep", SleepScreen)
            await chat.until(
                lambda screen=screen: len(screen.query_one("#loss", Curve)._values) == 60
            )


async def test_a_night_that_has_ended_is_shown_from_the_books(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.reads("Drowsy: a night is due", "Night 1", "learned", "5 of 6 right")
        await chat.reads("The exam, ┃ passes", "25/32", "34/36")
        await chat.reads("✗ When does Nora visit?", "✓ seed     8 min 41 s")
        await chat.pilot.press("d")
        await chat.reads("Biscuit plays in a park in Leeds.")


async def test_the_first_time_it_explains_itself(start):
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.reads("There was no night yet", "Awake.", "0 messages to sleep on")


async def test_a_night_is_started_with_the_budget_that_was_given(start, started: Nights):
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.pilot.press("b")
        await chat.until(lambda: isinstance(chat.app.screen, AskLine))
        chat.app.screen.query_one(Input).value = "7.5"
        await chat.pilot.press("enter")
        await chat.reads("budget 7.5 min")
        await chat.pilot.press("s")
        await chat.until(lambda: started.started == [["night", "--minutes", "7.5"]])
        await chat.hears("the night goes on")


async def test_a_budget_that_is_no_number_is_refused(start):
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.pilot.press("b")
        await chat.until(lambda: isinstance(chat.app.screen, AskLine))
        chat.app.screen.query_one(Input).value = "soon"
        await chat.pilot.press("enter")
        await chat.reads("'soon' is no number of minutes", "budget 15 min")


async def test_a_night_that_does_not_begin_says_why(start, started: Nights):
    started.code = 5
    started.pid = 2**30
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.pilot.press("s")
        await chat.reads("The night did not begin: Another night is running (process 7).")


async def test_a_night_is_stopped_after_asking(start, paths, started: Nights):
    story.tell(paths, os.getpid())
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.reads("Asleep.")
        await chat.pilot.press("s")
        await chat.hears("A night is running already")
        await chat.pilot.press("x")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("y")
        await chat.until(lambda: started.stopped == [os.getpid()])
    assert started.started == []


async def test_a_night_that_was_cut_off_is_gone_on_with(start, paths, started: Nights):
    story.tell(paths, 2**30)
    async with start(FakeEngine(), size=(110, 34)) as chat:
        await chat.go("sleep", SleepScreen)
        await chat.reads("Night 2", "interrupted; u goes on with it", "✗ seed     cut off")
        await chat.pilot.press("u")
        await chat.until(lambda: started.started == [["night", "--resume"]])


async def test_a_night_that_is_killed_while_it_is_watched(start, paths):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as night:
        story.tell(paths, night.pid)
        async with start(FakeEngine(), size=(110, 34)) as chat:
            await chat.go("sleep", SleepScreen)
            await chat.reads("Asleep. Night 2", "▸ seed", "Learning now")
            night.kill()
            night.wait()
            await chat.reads(
                "night 2 was cut off and can go on", "interrupted", "✗ seed     cut off"
            )
            assert "Learning now" not in chat.text()


async def test_every_screen_says_that_it_sleeps(start, paths):
    story.tell(paths, os.getpid())
    async with start(FakeEngine(), size=(110, 34)) as chat:
        for key in ("f2", "f3", "f4", "f5", "f6"):
            await chat.pilot.press(key)
            line = chat.app.screen.query_one(StatusLine).query_one("#state", Static)
            await chat.until(lambda line=line: "asleep · night 2 is running" in str(line.render()))
