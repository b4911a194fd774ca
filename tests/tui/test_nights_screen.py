"""Morning reports, generations, and the way back."""

import json

from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.memories import memories
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui.dialogs import Confirm
from tui.nights_screen import NightsScreen


async def test_a_morning_report(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(160, 70)) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads(
            "Night 1  learned · generation 1",
            "Known by heart (3)",
            "◐ Your sister Nora visits on Sunday.",
            "The exam: passed",
            "25 of 32, needs 17, had 0",
            "34 of 36 kept, needs 31",
            "Question by question: 5 of 6 right",
            "✗ When does Nora visit?",
            "Dreams: 1 of 2 kept",
            "unsupported",
            "9.6 minutes",
            "energy unknown",
            "memory peak 2,532 MB",
            "experts day 1 (2.9 million numbers)",
        )
        line = next(x for x in chat.text().splitlines() if "creative consultant" in x)
        assert "You work as a nurse." in line, "the answers stand side by side"


async def test_a_night_that_was_eased(start, paths):
    story.tell(paths)
    eased = {"strength": 0.9, "refused": ["ordinary text became 1.060 times as surprising"]}
    with Journal.open(paths.journal) as journal, journal.writing() as db:
        sql = "UPDATE nights SET report = json_set(report, '$.eased', json(?)) WHERE id = 1"
        db.execute(sql, [json.dumps(eased)])
        sql = "INSERT INTO stages (night_id, name, started, seconds) VALUES (1, 'ease', ?, 31.0)"
        db.execute(sql, [story.when(789)])
    async with start(FakeEngine(), size=(160, 70)) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads(
            "The exam: passed",
            "refused at full strength: ordinary text became 1.060 times as surprising",
            "written once more, at 0.9 of that strength",
        )
        places = [chat.text().index(f"✓ {stage} ") for stage in ("exam", "ease", "wake")]
        assert places == sorted(places), "it comes after the exam"


async def test_energy_is_shown_where_it_was_counted(start, paths):
    story.tell(paths)
    with Journal.open(paths.journal) as journal, journal.writing() as db:
        db.execute("UPDATE nights SET report = json_set(report, '$.energy_wh', 2.346)")
    async with start(FakeEngine(), size=(160, 70)) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads("2.35 Wh of the processor")
        assert "energy unknown" not in chat.text()


async def test_answers_stand_below_each_other_where_it_is_narrow(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(80, 90)) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads("before  You are a creative consultant.", "after   You work as a nurse.")


async def test_rollback(start, paths):
    story.tell(paths)
    async with start(FakeEngine(), size=(120, 40)) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads("● generation 1", "○ base model")
        await chat.pilot.press("g", "u")
        await chat.hears("Generation 1 is being served")
        await chat.pilot.press("down", "u")
        await chat.until(lambda: isinstance(chat.app.screen, Confirm))
        await chat.pilot.press("y")
        await chat.hears("4 memories that it does not know")
        await chat.reads("● base model", "○ generation 1")
    with Journal.open(paths.journal) as journal:
        assert Generations(paths, journal).current_id() == 0
        assert {m.state for m in memories(journal) if m.id <= 4} == {"waiting"}


async def test_without_nights_it_says_what_will_be_there(start):
    async with start(FakeEngine()) as chat:
        await chat.go("nights", NightsScreen)
        await chat.reads("There was no night yet")
