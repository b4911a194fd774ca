"""`reverie sleep --scheduled` and naps, with real nights on a tiny model and a made-up machine."""

import os
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import psutil
import pytest

from assistant.journal.decisions import decisions
from assistant.journal.memories import pause
from assistant.schedule.due import Due
from assistant.system import Ran
from sleep import scheduled
from sleep.manifest import read_manifest
from sleep.manners import watch
from sleep.manners.readings import Readings
from sleep.memory_plan import Machine
from tests.recorder import Recorder
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home, at_stage

QUIET = Readings(
    idle_s=9e9,
    chat_s=9e9,
    battery=None,
    temperature=None,
    load=0.0,
    memory=1 << 40,
    disk=1 << 40,
)


def wait() -> None:
    """Until the night is stopped; a signal that comes before a wait has begun would not end it."""
    while True:
        threading.Event().wait(0.05)


class Room:
    """The machine at night: quiet until somebody comes."""

    def __init__(self) -> None:
        self.now = QUIET
        self.priorities: list[object] = []

    def look(self, *_: object, **__: object) -> Readings:
        return self.now


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder("linux")
    recorder.answers["notify-send"] = Ran(0)
    recorder.take_over(monkeypatch.setattr)
    return recorder


@pytest.fixture
def room(system: Recorder, told: Home, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A night in its window, nobody about, and nothing of the test's own process slowed down."""
    made = Room()
    monkeypatch.setattr(scheduled, "look", made.look)
    for name in ("nice", "ionice"):
        monkeypatch.setattr(
            psutil.Process, name, lambda _self, *value: made.priorities.append(value)
        )
    now = datetime.now()
    hours = [(now + timedelta(hours=h)).strftime("%H:%M") for h in (-1, 1)]
    told.environment["REVERIE_SCHEDULE__WINDOW"] = "-".join(hours)
    return made


def decided(home: Home) -> list[tuple[str, str, int | None]]:
    with home.journal() as journal:
        return [(x.decision, x.reason, x.night) for x in reversed(decisions(journal))]


def test_a_night_happens_by_itself(room: Room, system: Recorder, told: Home, sleep: Sleep):
    assert sleep(told, "--scheduled").code == 0
    assert told.texts("learned") == LEARNED
    (night,) = told.nights()
    assert (night["scheduled"], night["kind"]) == (1, "night")
    began, ended = decided(told)
    assert began[0] == "began"
    assert ended == ("ended", "learned", 1)
    assert room.priorities != []
    assert system.started == system.ended
    assert [line.split()[:2] for line in system.started] == [
        ["systemd-inhibit", "--what=sleep:idle"]
    ]
    (message,) = [call for call in system.calls if call.startswith("notify-send")]
    assert message.endswith("Reverie I have slept. 'reverie nights' shows the morning report.")
    assert sleep(told, "--scheduled").code == 4, "one night a night"
    assert len(decided(told)) == 2


def test_a_bad_moment_is_waited_for(room: Room, system: Recorder, told: Home, sleep: Sleep):
    room.now = replace(QUIET, battery=50.0, idle_s=1.0)
    for _ in range(2):
        assert sleep(told, "--scheduled").code == 4
    assert told.nights() == []
    (waited,) = decided(told)
    assert waited == (
        "waited",
        "somebody used this machine within the last 15 minutes; this machine runs on battery",
        None,
    )
    assert system.started == []
    room.now = QUIET
    told.environment["REVERIE_SCHEDULE__NOTIFY"] = "false"
    assert sleep(told, "--scheduled").code == 0
    assert [call for call in system.calls if call.startswith("notify-send")] == []


def test_memory_that_is_not_there_is_waited_for(
    room: Room, system: Recorder, told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
):
    """By the night's own estimate; while somebody is about, it is not even asked."""
    with monkeypatch.context() as patch:
        patch.setattr(Machine, "here", lambda *_: Machine(free=100_000_000, value=4))
        room.now = replace(QUIET, load=0.9)
        assert sleep(told, "--scheduled").code == 4
        room.now = QUIET
        for _ in range(2):
            assert sleep(told, "--scheduled").code == 4
        busy, little = decided(told)
        assert busy[1] == "other programs use more than 30% of the processor"
        assert little[1].startswith("a night needs about 0.6 GB of free memory. ")
        assert "smaller model" in little[1], "and what would fit"
    assert told.nights() == []
    assert sleep(told, "--scheduled").code == 0


def test_memory_that_goes_at_the_last_moment_ends_nothing(
    room: Room, system: Recorder, told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scheduled, "_too_large", lambda _: [])
    monkeypatch.setattr(Machine, "here", lambda *_: Machine(free=100_000_000, value=4))
    assert sleep(told, "--scheduled").code == 4
    assert told.nights() == []
    assert [each[0] for each in decided(told)] == ["began"]
    assert [call for call in system.calls if call.startswith("notify-send")] == []


def test_it_makes_room_for_somebody_and_goes_on_later(
    room: Room, system: Recorder, told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch.Watch.__init__, "__defaults__", (0.01, 60.0))

    def somebody_comes() -> None:
        room.now = replace(QUIET, idle_s=0.0)
        wait()

    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "seed", "begins", somebody_comes)
        slept = sleep(told, "--scheduled", "--json")
    assert slept.code == 130
    assert slept.found["status"] == "interrupted"
    (night,) = told.nights()
    reason = "somebody came back to this machine"
    assert (night["status"], night["reason"]) == ("interrupted", reason)
    assert told.stages(1) == ["gather", "recall", "grow"]
    assert decided(told)[-1] == ("yielded", reason, 1)
    assert system.started == system.ended
    assert [call for call in system.calls if call.startswith("notify-send")] == []

    assert sleep(told, "--scheduled").code == 4, "they are still there"
    room.now = QUIET
    assert sleep(told, "--scheduled").code == 0
    assert told.texts("learned") == LEARNED
    assert [row["id"] for row in told.nights()] == [1]
    assert [each[0] for each in decided(told)] == ["began", "yielded", "waited", "resumed", "ended"]


def test_it_ends_with_its_hours(
    room: Room, told: Home, sleep: Sleep, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch.Watch.__init__, "__defaults__", (0.01, 60.0))

    def nearly_over(*_: object) -> Due:
        return Due("night", "it is time", datetime.now().astimezone())

    monkeypatch.setattr(scheduled, "due", nearly_over)
    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "gather", "begins", wait)
        assert sleep(told, "--scheduled").code == 130
    assert told.nights()[0]["reason"].startswith("the hours of sleep ended at ")


def test_a_paused_assistant_does_not_sleep(room: Room, told: Home, sleep: Sleep):
    with told.journal() as journal:
        pause(journal, True)
    assert sleep(told, "--scheduled").code == 4
    assert (told.nights(), decided(told)) == ([], [])


def test_a_model_that_is_gone_is_written_down(room: Room, told: Home, sleep: Sleep):
    told.environment["REVERIE_MODEL__PATH"] = "/nowhere.gguf"
    assert sleep(told, "--scheduled").code == 1
    assert decided(told) == [("waited", "The model file /nowhere.gguf does not exist", None)]
    assert told.nights() == []


def test_an_error_is_written_down(room: Room, told: Home, sleep: Sleep):
    def fail() -> None:
        raise OSError(5, os.strerror(5))

    with pytest.MonkeyPatch.context() as patch:
        at_stage(patch.setattr, "gather", "begins", fail)
        assert sleep(told, "--scheduled").code == 1
    assert decided(told)[-1][0] == "ended"
    assert decided(told)[-1][1].startswith("failed: ")


def age(home: Home) -> int:
    """Which night of its line the served generation is of."""
    return read_manifest(home.generation(home.served())).age


def test_a_nap_takes_up_new_memories_only(told: Home, sleep: Sleep):
    assert sleep(told, knows=False).code == 3
    assert told.texts("refused") == LEARNED
    told.tell("My sister Anna lives in Porto.")
    slept = sleep(told, "--nap", "--json")
    assert slept.code == 0
    assert slept.found["kind"] == "nap"
    assert told.nights()[-1]["kind"] == "nap"
    assert told.texts("refused") == LEARNED
    assert any("Anna" in text for text in told.texts("learned"))
    assert age(told) == 0, "it brings the slower levels no nearer"
    assert sleep(told, "--nap").code == 4
    assert sleep(told).code == 0
    assert age(told) == 1
    assert set(LEARNED) <= set(told.texts("learned"))


def test_a_nap_that_is_resumed_stays_one(told: Home, sleep: Sleep):
    assert sleep(told, knows=False).code == 3
    told.tell("My sister Anna lives in Porto.")
    assert sleep(told, "--nap", "--minutes", "0.0001").code == 130
    assert sleep(told, "--resume", "--json").found["kind"] == "nap"
    assert told.texts("refused") == LEARNED
