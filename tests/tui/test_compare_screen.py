"""The same question to two generations."""

import threading
from collections.abc import Callable

from textual.widgets import Input

from assistant.errors import ReverieError
from assistant.generations import Generation
from assistant.journal import Journal
from tests.fake_engine import FakeEngine
from tests.tui import story
from tui.answer_pane import AnswerPane
from tui.compare_screen import CompareScreen
from tui.session import Session


def answers(screen: CompareScreen) -> list[str]:
    return [pane.answer.strip() for pane in screen.query(AnswerPane)]


def opener(opened: list[FakeEngine]) -> Callable[..., FakeEngine]:
    """Engines that say which generation they are."""

    def make(generation: Generation, _model: object) -> FakeEngine:
        opened.append(FakeEngine(f"I am {generation.id}.", "More."))
        return opened[-1]

    return make


async def test_both_are_asked_and_nothing_is_kept(start, paths):
    story.tell(paths)
    opened: list[FakeEngine] = []
    async with start(opener(opened), size=(120, 40)) as chat:
        screen = await chat.go("compare", CompareScreen)
        await chat.reads("base model", "generation 1 (served)")
        with Journal.open(paths.journal) as journal:
            before = len(journal.messages(2))
        await chat.pilot.press(*"Who are you?", "enter")
        await chat.until(lambda: answers(screen) == ["I am 0.", "I am 1."])
        await chat.until(lambda: not screen.asking)
        chat_engine, *asked = opened
        assert [[m.content for m in engine.asked[0]][-1] for engine in asked] == [
            "Who are you?"
        ] * 2
        assert all(len(engine.asked[0]) == 2 for engine in asked), "system text and question only"
        assert all(engine.closed for engine in asked)
        assert not chat_engine.closed
        assert [engine.samplings[0].temperature for engine in asked] == [0, 0]
    with Journal.open(paths.journal) as journal:
        assert len(journal.messages(2)) == before
        assert len(journal.conversations()) == 2


async def test_it_can_be_stopped(start, paths):
    story.tell(paths)
    gate = threading.Event()
    async with start(lambda: FakeEngine(["a ", gate, "b"]), size=(120, 40)) as chat:
        screen = await chat.go("compare", CompareScreen)
        await chat.reads("generation 1 (served)")
        await chat.pilot.press(*"Go on", "enter")
        await chat.until(lambda: answers(screen)[0] == "a")
        await chat.pilot.press("escape")
        gate.set()
        await chat.until(lambda: not screen.asking)
        assert answers(screen) == ["a", ""]


async def test_a_model_that_cannot_be_opened_is_explained(start, paths):
    story.tell(paths)
    calls: list[int] = []

    def broken(*_: object) -> FakeEngine:
        calls.append(1)
        if len(calls) > 1:
            raise ReverieError("model.gguf is damaged", "Choose another.")
        return FakeEngine()

    async with start(broken, size=(120, 40)) as chat:
        screen = await chat.go("compare", CompareScreen)
        await chat.reads("generation 1 (served)")
        screen.query_one(Input).focus()
        await chat.pilot.press(*"Hi", "enter")
        await chat.reads("model.gguf is damaged. Choose another.")


def test_the_session_asks_without_a_screen(paths):
    story.tell(paths)
    session = Session(paths, opener([]))  # type: ignore[arg-type]
    assert "".join(piece for _, piece in session.ask([1], "Who?")).strip() == "I am 1."
    session.close()
