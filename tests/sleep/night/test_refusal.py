"""Nights whose exam said no: nothing is served, nothing is lost, and the reason is told."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import torch

from assistant.forgetting import forget
from assistant.generations import Generations
from assistant.journal.memories import memories
from sleep.bedtime import rebuild_models
from sleep.experts import load_experts
from sleep.witness import Summons, Told, to_nobody
from sleep.witness import Testimony as Said
from tests.sleep.night.conftest import LEARNED, Sleep, become_environment
from tests.sleep.night.helpers import STAGES, Home, Scripted, When, at_stage


def test_a_refused_night_changes_nothing_that_is_served(told: Home, sleep: Sleep):
    slept = sleep(told, "--json", knows=False)
    assert slept.code == 3
    found = slept.found
    assert (found["status"], found["generation"]) == ("refused", 0)
    assert found["learned"] == []
    assert sorted(each["text"] for each in found["refused"]) == LEARNED
    assert told.served() == 0
    assert not (told.paths.generations_dir / "current").exists()
    assert {(m.state, m.level, m.night) for m in told.memories()} == {("refused", 0, None)}
    (row,) = told.rows("SELECT * FROM generations")
    assert (row["status"], json.loads(row["manifest"])["passed"]) == ("refused", False)
    (night,) = told.nights()
    assert (night["status"], night["generation"]) == ("refused", None)
    assert told.stages(1) == list(STAGES)
    told.check()


def test_the_reason_names_what_failed(told: Home, sleep: Sleep):
    slept = sleep(told, "--json", knows=False)
    questions = told.rows("SELECT count(*) AS n FROM lessons WHERE split = 'exam'")[0]["n"]
    expected = f"only 0 of {questions} questions about what is new were answered"
    (night,) = told.nights()
    for reason in (night["reason"], slept.found["reason"], *slept.found["exam"]["reasons"]):
        assert expected in reason


def test_a_night_that_has_learned_nothing_is_no_success(told: Home, sleep: Sleep):
    """Not even where the thresholds would let it pass."""
    home = Home(told.folder, told.environment | {"REVERIE_EXAM__NEW": "0"})
    slept = sleep(home, "--json", knows=False)
    assert (slept.code, slept.found["status"]) == (3, "refused")
    assert slept.found["reason"] == "nothing that it was taught is known by heart"
    assert slept.found["learned"] == []
    assert home.served() == 0
    assert {m.state for m in home.memories()} == {"refused"}
    assert len(home.nights()) == 1
    home.check()


def test_a_person_is_told_why(told: Home, sleep: Sleep):
    slept = sleep(told, knows=False)
    assert "questions about what is new were answered (60% are needed)." in slept.out
    assert "These 2 things I did not learn" in slept.out


def test_an_older_generation_stays(morning: Home, sleep: Sleep):
    morning.tell("My sister Anna lives in Porto.")
    assert sleep(morning, knows=False).code == 3
    assert morning.served() == 1
    assert morning.texts("learned") == LEARNED
    statuses = morning.rows("SELECT id, status FROM generations ORDER BY id")
    assert [tuple(row.values()) for row in statuses] == [(1, "current"), (2, "refused")]
    morning.check()


def test_the_next_night_takes_it_up_again(told: Home, sleep: Sleep):
    assert sleep(told, knows=False).code == 3
    slept = sleep(told, "--json")
    assert (slept.code, slept.found["generation"]) == (0, 2)
    assert told.texts() == LEARNED
    assert {(m.state, m.level, m.night) for m in told.memories()} == {("learned", 1, 2)}
    (row,) = told.rows("SELECT parent FROM generations WHERE id = 2")
    assert row["parent"] == 0, "a refused generation is no parent"


def test_the_real_exam_refuses(told: Home, sleep_for_real: Sleep):
    """With the model files opened in processes of their own."""
    strict = Home(told.folder, told.environment | {"REVERIE_EXAM__NEW": "1"})
    slept = sleep_for_real(strict, "--json")
    assert slept.code == 3
    (reason,) = slept.found["exam"]["reasons"]
    assert "questions about what is new" in reason
    assert told.served() == 0


def retrying(home: Home) -> Home:
    """The same home, where a refused night tries again."""
    return Home(home.folder, home.environment | {"REVERIE_SLEEP__RETRY_RATE": "0.5"})


def test_a_refused_night_tries_again_gently_and_once(told: Home, sleep: Sleep):
    slept = sleep(retrying(told), "--json", knows=False)
    assert slept.code == 3
    first, second = told.nights()
    assert (first["status"], second["status"]) == ("refused", "refused")
    assert (first["retry_of"], second["retry_of"]) == (None, 1)
    before, after = (json.loads(night["settings"]) for night in (first, second))
    assert after["rate"] == before["rate"] / 2
    assert after["passes"] > before["passes"]
    (grown,) = told.rows("SELECT result FROM stages WHERE name = 'grow' AND night_id = 2")
    assert json.loads(grown["result"])["recipe"]["rate"] == after["rate"]
    assert slept.found["night"] == 2
    assert slept.found["first_try"]["night"] == 1
    assert slept.found["first_try"]["reason"] == first["reason"]
    sql = "SELECT night_id, result FROM stages WHERE name = 'recall' ORDER BY night_id"
    one, two = told.rows(sql)
    assert one["result"] == two["result"], "the day is not read twice"
    assert len(told.memories()) == len(LEARNED)
    told.check()


def test_the_second_try_may_succeed(told: Home, sleep: Sleep):
    """The exam of the second night is passed: the memories are its."""
    with pytest.MonkeyPatch.context() as patch:
        hear = Scripted.__call__

        def better(self: Scripted, summons: Summons, told: Told = to_nobody) -> Said:
            knows = "0002" in summons.model
            return hear(replace(self, knows=knows), summons, told)

        patch.setattr(Scripted, "__call__", better)
        slept = sleep(retrying(told), "--json")
    assert (slept.code, slept.found["generation"]) == (0, 2)
    assert {(m.state, m.night) for m in told.memories()} == {("learned", 2)}
    told.check()


def test_no_second_try_without_time(told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sleep.retry.time", SimpleNamespace(monotonic=lambda: math.inf))
        slept = sleep(retrying(told), knows=False)
    assert slept.code == 3
    assert len(told.nights()) == 1


def test_a_second_try_that_is_cut_off_goes_on_gently(told: Home, sleep: Sleep):
    home = retrying(told)
    with pytest.MonkeyPatch.context() as patch:
        begun: list[int] = []

        def stop() -> None:
            begun.append(1)
            if len(begun) == 2:
                raise KeyboardInterrupt

        at_stage(patch.setattr, "grow", "begins", stop)
        assert sleep(home, knows=False).code == 130
    assert [night["status"] for night in told.nights()] == ["refused", "interrupted"]
    assert sleep(home, "--resume", knows=True).code == 0
    (grown,) = told.rows("SELECT result FROM stages WHERE name = 'grow' AND night_id = 2")
    rates = [json.loads(night["settings"])["rate"] for night in told.nights()]
    assert json.loads(grown["result"])["recipe"]["rate"] == rates[1] == rates[0] / 2
    told.check()


def test_the_failing_questions_are_told(told: Home, sleep: Sleep):
    slept = sleep(told, "--json", knows=False)
    failing = slept.found["exam"]["failing"]
    asked = told.rows("SELECT question FROM lessons WHERE split = 'exam' ORDER BY id")
    assert {each["question"] for each in failing} == {row["question"] for row in asked}
    assert all(each["after"] and each["expected"] for each in failing)


def pulling(*perplexities: float) -> Callable[[Scripted, Summons, Told], Said]:
    """An exam in which the new file knows everything; files that are written one after the other
    have these perplexities of ordinary text, relative to the base's."""
    heard, written = Scripted.__call__, iter(perplexities)

    def hear(self: Scripted, summons: Summons, told: Told = to_nobody) -> Said:
        said = heard(self, summons, told)
        if "generations" not in summons.model:
            return said
        return msgspec.structs.replace(said, nats_per_token=1.0 + math.log(next(written)))

    return hear


def test_a_night_that_pulls_too_hard_is_served_with_less_strength(told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.2, 1.06, 1.04))
        slept = sleep(told, "--json")
    assert (slept.code, slept.found["generation"]) == (0, 1)
    assert slept.found["eased"]["strength"] == 0.8
    assert "1.200 times as surprising" in slept.found["eased"]["refused"][0]
    assert slept.found["exam"]["perplexity_ratio"] == 1.04
    assert told.texts("learned") == LEARNED
    assert told.stages(1) == [*STAGES[:-1], "ease", "wake"]
    (count,) = told.rows("SELECT count(*) AS n, count(DISTINCT question) AS q FROM exam_answers")
    assert count["n"] == count["q"], "the answers of the last exam, and no others"
    told.check()  # the file is the one that the journal names
    assert len(told.nights()) == 1


def test_the_strength_is_in_the_file_and_in_the_experts(told: Home, sleep: Sleep, tmp_path: Path):
    whole = told.copy(tmp_path / "whole")
    sleep(whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.2, 1.04))
        sleep(told)
    (full,), (less,) = (
        load_experts(home.generation(1) / "experts.safetensors") for home in (whole, told)
    )
    for module in full.modules:
        torch.testing.assert_close(less.delta(module), 0.9 * full.delta(module))
    files = [home.generation(1) / "model.gguf" for home in (whole, told)]
    assert files[0].read_bytes() != files[1].read_bytes()
    files[1].unlink()
    with pytest.MonkeyPatch.context() as patch:
        become_environment(patch, told)
        assert rebuild_models(1) == 0
    told.check()


def test_a_night_that_pulls_too_hard_all_the_same_is_refused(told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.3, 1.2, 1.1, 1.3, 1.2, 1.04))
        slept = sleep(retrying(told), "--json")
    assert (slept.code, slept.found["generation"]) == (0, 2), "learned again, it took the second"
    first, second = told.nights()
    assert (first["status"], second["status"]) == ("refused", "learned")
    assert "1.100 times as surprising" in first["reason"]
    told.check()


@pytest.mark.parametrize("when", ["begins", "ends"])
def test_cut_off_while_it_is_eased(told: Home, sleep: Sleep, when: When):
    """The next night ends it first; no other file than the one examined is served."""

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.2, 1.04))
        at_stage(patch.setattr, "ease", when, stop)
        assert sleep(told).code == 130
    assert told.served() == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.04))
        assert sleep(told).code == 4, "there is nothing new any more"
    assert told.served() == 1
    assert told.texts("learned") == LEARNED
    told.check()


def test_what_is_forgotten_while_it_is_eased(told: Home, sleep: Sleep):
    """Is not asked about again, and the night that was taught it is refused."""

    def forget_it() -> None:
        with told.journal() as journal:
            (dog,) = (m.id for m in memories(journal) if "Biscuit" in m.text)
            forget(journal, Generations(told.paths, journal), dog)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.2, 1.04))
        at_stage(patch.setattr, "ease", "begins", forget_it)
        slept = sleep(told, "--json")
    assert (slept.code, slept.found["status"]) == (3, "refused")
    assert told.served() == 0
    told.check()


def test_what_is_forgotten_after_it_was_eased_is_in_no_exam(told: Home, sleep: Sleep):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scripted, "__call__", pulling(1.2, 1.04))
        assert sleep(told).code == 0
    (dog,) = (m.id for m in told.memories() if "Biscuit" in m.text)
    assert "Biscuit" in told.rows("SELECT result FROM stages WHERE name = 'ease'")[0]["result"]
    with told.journal() as journal:
        forget(journal, Generations(told.paths, journal), dog)
    for file in told.paths.journal.parent.glob("journal.db*"):
        assert b"biscuit" not in file.read_bytes().lower(), file.name
    told.check()
