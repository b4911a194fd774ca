"""Forgetting, place by place, and the proof by asking the models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import base, settings
from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal.records import now
from assistant.proof import Proof, probes, prove
from assistant.traces import traces
from tests.guarantees.test_taken_away import DOG, dog, everything
from tests.sleep.night.conftest import Sleep, become_environment
from tests.sleep.night.helpers import Home, call, shorten_texts
from tests.sleep.night.test_poison import LEARNS


def test_every_place_is_shown_and_then_empty(morning: Home, sleep: Sleep):
    """The memory is corrected, dreamt about, quoted in a title and in a live event."""
    number = dog(morning)
    morning.tell("My dog is called Rex.")
    assert sleep(morning).code == 0
    with morning.journal() as journal, journal.writing() as db:
        db.execute("UPDATE conversations SET title = 'My dog is called Biscuit.' WHERE id = 1")
        for text, linked in (("Biscuit barks.", True), (f"So {DOG}", False)):
            dream = db.execute(
                "INSERT INTO dreams (night_id, created, round, text, state)"
                " VALUES (1, ?, 1, ?, 'rewarded')",
                [now(), text],
            ).lastrowid
            if linked:
                db.execute("INSERT INTO dream_memories VALUES (?, ?)", [dream, number])
    with morning.journal() as journal:
        found = traces(journal, number)
        assert len(found.messages) == 2
        assert found.lessons > 0
        assert found.exam_answers > 0
        assert len(found.dreams) == 1
        assert len(found.corrections) == 1
        assert found.taught_in == [1]
        assert found.generations == [1, 2]
        assert {"nights", "stages", "dreams", "conversations"} <= found.mentions.keys()
        before = everything(morning)
        traces(journal, number)
        assert everything(morning) == before, "looking changes nothing"
        done = forget(journal, Generations(morning.paths, journal), number)
        assert (done.barred, done.serving) == ([1, 2], 0)
        left = traces(journal, number)
    assert (left.messages, left.lessons, left.exam_answers, left.dreams) == ([], 0, 0, [])
    assert left.mentions == {}
    assert b"biscuit" not in everything(morning).lower()
    assert "Your dog is called Rex." in morning.texts("waiting")
    morning.check()


def test_only_models_that_were_taught_it_are_barred(morning: Home, sleep: Sleep):
    """A memory of the second night leaves the model of the first one alone."""
    morning.tell("My sister Anna lives in Porto.")
    assert sleep(morning).code == 0
    anna, *others = [m.id for m in morning.memories() if m.night == 2]
    with morning.journal() as journal:
        done = forget(journal, Generations(morning.paths, journal), anna)
    assert (done.barred, done.serving, list(done.waiting_again)) == ([2], 1, others)
    assert morning.generation(1).exists()
    assert not morning.generation(2).exists()
    morning.check()


@pytest.fixture
def taught(tmp_path: Path, tiny_gguf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Home:
    """A night that really learns (the exam is passed on the real file)."""
    home = Home.make(tmp_path / "home", tiny_gguf("llama", "Q8_0"), **LEARNS)
    home.tell("My dog is called Biscuit.", "I work as a nurse in Leeds.")
    become_environment(monkeypatch, home)
    shorten_texts(monkeypatch.setattr)
    assert call(()).code == 0
    return home


def test_the_answer_is_no_likelier_than_under_the_base(taught: Home):
    with taught.journal() as journal:
        generations = Generations(taught.paths, journal)
        asked = probes(journal, dog(taught))

        def proved() -> Proof:
            chosen = settings.load(taught.paths)
            return prove(base.locate(chosen), generations.current().gguf, asked, chosen)

        before = proved()
        assert not before.holds, "it is known by heart"
        assert before.served > before.base + 1
        forget(journal, generations, dog(taught))
        assert proved().holds
    assert call(()).code == 0
    assert taught.served() == 2
    assert taught.texts("learned") == ["You work as a nurse in Leeds."]
    with taught.journal() as journal:
        generations = Generations(taught.paths, journal)
        after = proved()
        assert after.holds, after
        assert after.served != after.base
