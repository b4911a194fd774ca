"""With `sleep.review`, nothing is trained before the user has approved it."""

from assistant.journal.memories import approve, reject
from tests.sleep.night.conftest import LEARNED, Sleep
from tests.sleep.night.helpers import Home

DOG = "Your dog is called Biscuit."


def reviewed(home: Home) -> Home:
    return Home(home.folder, home.environment | {"REVERIE_SLEEP__REVIEW": "true"})


def test_nothing_is_trained_before_it_is_approved(told: Home, sleep: Sleep):
    home = reviewed(told)
    slept = sleep(home, "--json")
    assert slept.code == 4
    assert slept.found["reason"] == "2 memories wait for 'reverie memories approve'"
    assert told.texts("proposed") == told.texts() == LEARNED
    assert told.rows("SELECT * FROM taught") == []
    assert told.rows("SELECT * FROM generations") == []
    dog = next(m for m in told.memories() if m.text == DOG)
    other = next(m for m in told.memories() if m.text != DOG)
    with told.journal() as journal:
        approve(journal, dog.id)
        reject(journal, other.id)
    assert sleep(home).code == 0
    assert told.texts("learned") == [DOG]
    assert told.rows("SELECT memory_id FROM taught") == [{"memory_id": dog.id}]
    told.check()


def test_a_correction_counts_once_it_is_approved(morning: Home, sleep: Sleep):
    home = reviewed(morning)
    morning.tell("My dog is called Rex.")
    assert sleep(home).code == 4
    assert DOG in morning.texts("learned")
    (rex,) = [m for m in morning.memories() if m.state == "proposed"]
    with morning.journal() as journal:
        approve(journal, rex.id)
    assert morning.texts("superseded") == [DOG]
    assert sleep(home).code == 0
    assert "Your dog is called Rex." in morning.texts("learned")


def test_what_is_added_by_hand_is_approved(home: Home, sleep: Sleep):
    from assistant.journal.memories import add

    with home.journal() as journal:
        add(journal, DOG.replace("Your", "My"))
    assert sleep(reviewed(home)).code == 0
    assert home.texts("learned") == [DOG]


def test_a_secret_added_by_hand_is_not_learned(home: Home, sleep: Sleep):
    from assistant.journal.memories import add

    with home.journal() as journal:
        add(journal, "My PIN is 4711.")
    assert sleep(home).code == 4
    assert home.texts("waiting") == ["My PIN is 4711."]
    assert home.rows("SELECT * FROM lessons") == []
