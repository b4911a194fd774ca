"""What is forgotten, deleted or rejected at any moment of a night is never served afterwards."""

from collections.abc import Callable
from typing import Any

import pytest

from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal.deletion import delete_conversation
from assistant.journal.memories import reject
from sleep import growing, waking
from sleep.consolidation import consolidate
from tests.sleep.night.conftest import Sleep
from tests.sleep.night.helpers import Home, When, at_stage

DOG = "Your dog is called Biscuit."


def dog(home: Home) -> int:
    return next(m.id for m in home.memories() if m.text == DOG)


def forget_the_dog(home: Home) -> None:
    with home.journal() as journal:
        forget(journal, Generations(home.paths, journal), dog(home))


def reject_the_dog(home: Home) -> None:
    with home.journal() as journal:
        reject(journal, dog(home))


def delete_everything(home: Home) -> None:
    with home.journal() as journal:
        delete_conversation(journal, 1)


def stop() -> None:
    raise KeyboardInterrupt


def everything(home: Home) -> bytes:
    """Every byte of the home, the names of the files with it."""
    files = sorted(path for path in home.folder.rglob("*") if path.is_file())
    return b"".join(str(path).encode() + path.read_bytes() for path in files)


def assert_never_served(home: Home) -> None:
    assert home.served() == 0
    night = home.nights()[0]
    assert night["status"] == "refused"
    assert "taken away meanwhile" in night["reason"]
    assert not home.generation(1).exists(), "the model that knows it is deleted"
    home.check()


@pytest.mark.parametrize(
    ("act", "stage"),
    [
        *((forget_the_dog, stage) for stage in ("seed", "export", "exam", "wake")),
        (reject_the_dog, "exam"),
        (delete_everything, "exam"),
    ],
)
def test_taken_away_while_the_night_runs(
    act: Callable[[Home], None], stage: str, told: Home, sleep: Sleep
):
    when: When = "ends" if stage == "seed" else "begins"
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, stage, when, lambda: act(told))
        assert sleep(told).code == 3
    assert_never_served(told)
    if act is forget_the_dog:
        assert b"biscuit" not in everything(told).lower()


def test_forgotten_between_the_check_and_the_switch(told: Home, sleep: Sleep):
    """The decision holds the journal's lock: forgetting waits, and then bars what was just served.

    Here the other process is one that would not wait.
    """
    decide = waking.decide
    busy: list[str] = []

    def decided(*arguments: object) -> waking.Woken:
        woken = decide(*arguments)  # type: ignore[arg-type]
        import sqlite3

        other = sqlite3.connect(told.paths.journal, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("UPDATE memories SET state = 'forgotten'")
        busy.append("locked")
        other.close()
        return woken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waking, "decide", decided)
        assert sleep(told).code == 0
    assert busy == ["locked"]
    forget_the_dog(told)
    assert told.served() == 0
    assert not told.generation(1).exists()


def test_a_night_cut_off_is_not_resumed_with_what_was_forgotten(told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "export", "begins", stop)
        assert sleep(told).code == 130
    forget_the_dog(told)
    assert not list((told.paths.state_dir / "nights").glob("*/*")), "its expert is deleted"
    assert sleep(told, "--resume").code == 4
    assert sleep(told).code == 0
    assert told.texts("learned") == ["You work as a nurse in Leeds."]
    assert b"biscuit" not in everything(told).lower()
    told.check()


def test_a_finished_expert_is_not_used_when_what_it_knows_was_forgotten(told: Home, sleep: Sleep):
    """Cut off when the expert is on the disk, and the stage that made it not yet done."""
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "seed", "ends", stop)
        assert sleep(told).code == 130
    assert list((told.paths.state_dir / "nights").glob("*/*.safetensors"))
    forget_the_dog(told)
    assert not list((told.paths.state_dir / "nights").glob("*/*")), "its expert is deleted"
    assert sleep(told, "--resume").code == 4
    assert told.nights()[0]["status"] == "refused"


def test_a_finished_expert_is_made_anew_without_what_was_rejected(
    told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
):
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "seed", "ends", stop)
        assert sleep(told).code == 130
    reject_the_dog(told)
    trained: list[str] = []

    def noted(step: Any, *arguments: Any, **more: Any) -> Any:
        trained.append(step.expert)
        return consolidate(step, *arguments, **more)

    monkeypatch.setattr(growing, "consolidate", noted)
    assert sleep(told, "--resume").code == 0
    assert trained == ["day-0001"]
    assert told.texts("learned") == ["You work as a nurse in Leeds."]
    rows = told.rows("SELECT memory_id FROM taught")
    assert dog(told) not in {row["memory_id"] for row in rows}


@pytest.mark.parametrize("stage", ["seed", "exam"])
def test_what_an_older_night_learned_is_forgotten_while_the_next_one_runs(
    stage: str, morning: Home, sleep: Sleep
):
    morning.tell("My sister Anna lives in Porto.")
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, stage, "begins", lambda: forget_the_dog(morning))
        assert sleep(morning).code == 3
    night = morning.nights()[-1]
    assert (night["status"], night["reason"]) == (
        "refused",
        "something it was taught was taken away meanwhile",
    )
    assert morning.served() == 0
    assert not morning.generation(1).exists()
    assert not morning.generation(2).exists()
    assert sleep(morning).code == 0
    assert b"biscuit" not in everything(morning).lower()
    morning.check()


def test_a_night_that_builds_on_what_was_forgotten_is_not_resumed(morning: Home, sleep: Sleep):
    """It was taught something else, but rehearses what it builds on."""
    morning.tell("My sister Anna lives in Porto.")
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "export", "begins", stop)
        assert sleep(morning).code == 130
    forget_the_dog(morning)
    assert not list((morning.paths.state_dir / "nights").glob("*/*"))
    assert sleep(morning, "--resume").code == 4


def test_forgetting_bars_the_slower_level_that_took_it_over(morning: Home, sleep: Sleep):
    weekly = Home(
        morning.folder, morning.environment | {"REVERIE_METHOD__LEVELS": "day 1, week 2, season 4"}
    )
    weekly.tell("My sister Anna lives in Porto.")
    assert sleep(weekly).code == 0
    weekly.tell("My brother is called Tom.")
    assert sleep(weekly).code == 0
    assert {m.level for m in weekly.memories() if m.id == dog(weekly)} == {2}
    forget_the_dog(weekly)
    assert weekly.served() == 0
    assert [row["id"] for row in weekly.rows("SELECT id FROM generations")] == [1, 2, 3]
    assert not any(weekly.generation(number).exists() for number in (1, 2, 3))
    assert weekly.texts("learned") == []


def test_another_model_chosen_meanwhile_stays_chosen(morning: Home, sleep: Sleep):
    morning.tell("My sister Anna lives in Porto.")

    def go_back() -> None:
        with morning.journal() as journal:
            Generations(morning.paths, journal).switch(0)

    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "exam", "ends", go_back)
        assert sleep(morning).code == 3
    assert morning.served() == 0
    assert "another model was chosen" in morning.nights()[-1]["reason"]
    assert morning.texts("learned") == []
    morning.check()


def test_after_forgetting_the_rest_is_taught_again_without_it(morning: Home, sleep: Sleep):
    forget_the_dog(morning)
    assert morning.served() == 0
    assert morning.texts("waiting") == ["You work as a nurse in Leeds."]
    assert sleep(morning).code == 0
    assert morning.texts("learned") == ["You work as a nurse in Leeds."]
    taught = morning.rows("SELECT memory_id FROM taught WHERE night_id = 2")
    assert [row["memory_id"] for row in taught] == [
        m.id for m in morning.memories() if m.state == "learned"
    ]
    assert b"biscuit" not in everything(morning).lower()
    (row,) = morning.rows("SELECT parent FROM generations WHERE id = 2")
    assert row["parent"] == 0
    morning.check()
