"""Which notes come up for which message."""

import pytest

from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.recollect import MAX_NOTES, recollect, stems


def words(text: str) -> int:
    return len(text.split())


def notes_for(journal: Journal, message: str, budget: int = 200, in_prompt=()) -> list[str]:
    return [note.text for note in recollect(journal, message, budget, words, in_prompt)]


def remember(journal: Journal, *texts: str) -> None:
    for text in texts:
        ledger.add(journal, text)


def told(journal: Journal, *texts: str, off_record: bool = False) -> list[int]:
    conversation = journal.new_conversation()
    return [
        journal.add_message(conversation, "user", text, off_record=off_record) for text in texts
    ]


DAY = (
    "The user's dog is called Biscuit.",
    "The user works as a nurse at the harbour clinic.",
    "The user's sister Anna lives in Lisbon.",
    "The user plays the cello.",
    "The user likes olives, but not anchovies.",
    "The user's birthday is on the 4th of May.",
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the name of my dog?", [DAY[0]]),
        ("What are my dogs called?", [DAY[0]]),
        ("Where am I working?", [DAY[1]]),
        ("Where does Anna live?", [DAY[2]]),
        ("In which city is my sister living these days?", [DAY[2]]),
        ("Which instrument do I play?", [DAY[3]]),
        ("Do I like olives?", [DAY[4]]),
        ("When is my birthday?", [DAY[5]]),
    ],
)
def test_questions_find_their_memory_and_no_other(journal, question, expected):
    remember(journal, *DAY)
    assert notes_for(journal, question) == expected


@pytest.mark.parametrize(
    "message",
    [
        "What is the capital of France?",
        "Hello, how are you today?",
        "Write a short poem about the sea.",
        "How do I sort a list in Python?",
        "Explain how photosynthesis works to a child who has never heard of it.",
        "",
        "???",
    ],
)
def test_ordinary_messages_find_nothing(journal, message):
    remember(journal, *DAY)
    told(journal, "I had a long day with my dog at the sea.", "Thanks, that was a great help!")
    assert notes_for(journal, message) == []


def test_an_empty_journal_has_no_notes(journal):
    assert notes_for(journal, "What is my dog called?") == []


def test_what_was_said_today_comes_up_as_told(journal):
    told(journal, "Hi! My cat is called Miso. Isn't that nice? We moved to Bergen last spring.")
    assert notes_for(journal, "What is the name of my cat?") == [
        'You told me: "My cat is called Miso."'
    ]
    assert notes_for(journal, "Where did we move?") == [
        'You told me: "We moved to Bergen last spring."'
    ]


def test_questions_are_not_notes_and_nothing_comes_twice(journal):
    told(journal, "What is my cat called?", "My cat is called Miso.", "My cat is called Miso.")
    assert len(notes_for(journal, "The name of my cat?")) == 1


def test_replies_and_private_and_unapproved_messages_never_come_up(journal):
    told(journal, "My cat is called Miso.", off_record=True)
    secret = journal.new_conversation(off_record=True)
    journal.add_message(secret, "user", "My cat is called Soy.")
    ordinary = journal.new_conversation()
    journal.add_message(ordinary, "assistant", "Your cat is called Tofu.")
    imported = journal.new_conversation()
    journal.add_message(imported, "user", "My cat is called Nori.")
    with journal.writing() as db:
        db.execute("UPDATE conversations SET approved = 0 WHERE id = ?", [imported])
    assert notes_for(journal, "What is my cat called?") == []


@pytest.mark.parametrize("state", ["learned", "superseded", "forgotten", "rejected"])
def test_what_is_learned_or_gone_stays_out_of_the_prompt(journal, state):
    remember(journal, DAY[0])
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = ?", [state])
    assert notes_for(journal, "What is my dog called?") == []


@pytest.mark.parametrize("state", ["waiting", "shaky", "refused"])
def test_what_the_weights_do_not_hold_is_in_the_prompt(journal, state):
    remember(journal, DAY[0])
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = ?", [state])
    note = recollect(journal, "What is my dog called?", 100, words)[0]
    assert (note.text, note.memory_id) == (DAY[0], 1)


def slept(journal: Journal, status: str, upto: int) -> None:
    with journal.writing() as db:
        db.execute(
            "INSERT INTO nights (started, ended, status, upto_message) VALUES ('a', 'b', ?, ?)",
            [status, upto],
        )


@pytest.mark.parametrize("status", ["learned", "nothing", "refused", "interrupted", "failed"])
def test_what_no_night_made_a_memory_of_is_not_lost_in_the_morning(journal, status):
    slept(journal, status, told(journal, "My cat is called Miso.")[-1])
    assert notes_for(journal, "What is my cat called?") == ['You told me: "My cat is called Miso."']


def test_what_a_night_has_read_keeps_quiet_where_the_weights_know(journal):
    walked, *_, last = told(journal, "I walked my dog today.", "My left knee hurts on stairs.")
    remember(journal, DAY[0])
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = 'learned'")
    question = "What is my dog called?"
    assert notes_for(journal, question) == ['You told me: "I walked my dog today."']
    slept(journal, "learned", walked)
    assert notes_for(journal, question) == []
    slept(journal, "learned", last)
    assert notes_for(journal, "What hurts when I take the stairs?") == [
        'You told me: "My left knee hurts on stairs."'
    ]


def test_a_message_that_has_a_memory_is_represented_by_it(journal):
    ids = told(journal, "My cat is called Miso.")
    remember(journal, "The user's cat is called Miso.")
    with journal.writing() as db:
        db.execute("UPDATE memories SET message_id = ?", ids)
    assert notes_for(journal, "What is my cat called?") == ["The user's cat is called Miso."]
    assert notes_for(journal, "What is my cat called?", in_prompt=ids) == []


@pytest.mark.parametrize("state", ["learned", "shaky"])
def test_what_was_put_right_the_same_day_never_comes_back(journal, state):
    """Recall makes a memory of the correction only; the old sentence fits the question better."""
    told(journal, "Ingrid wants the billing migration done by 30 september.")
    *_, last = told(journal, "Sorry, the migration is due 15 october.")
    remember(journal, "Your migration is due 15 october.")
    with journal.writing() as db:
        db.execute("UPDATE memories SET state = ?, message_id = ?", [state, last])
    slept(journal, "learned", last)
    found = notes_for(journal, "When does Ingrid want my billing migration done?")
    assert not any("september" in note for note in found)


def test_what_a_memory_leaves_out_of_its_message_still_comes_up(journal):
    ids = told(journal, "My cat is called Miso. The vet is in Harbour Street.")
    remember(journal, "Your cat is called Miso.")
    with journal.writing() as db:
        db.execute("UPDATE memories SET message_id = ?, state = 'learned'", ids)
    assert notes_for(journal, "What is my cat called?") == []
    assert notes_for(journal, "Where is my vet?") == [
        'You told me: "The vet is in Harbour Street."'
    ]


def test_what_the_prompt_holds_anyway_is_not_repeated(journal):
    ids = told(journal, "My cat is called Miso.")
    assert notes_for(journal, "What is my cat called?", in_prompt=ids) == []


def test_the_newest_comes_first_among_equals(journal):
    told(journal, "My dog is called Biscuit.", "Sorry, my dog is called Bruno.")
    assert "Bruno" in notes_for(journal, "What is my dog called?")[0]


def test_limits(journal):
    remember(journal, *(f"The user's friend number {n} is called Kim{n}." for n in range(20)))
    assert len(notes_for(journal, "Who are my friends?", budget=1000)) == MAX_NOTES
    assert len(notes_for(journal, "Who are my friends?", budget=24)) == 2
    assert notes_for(journal, "Who are my friends?", budget=3) == []


def test_pasted_text_is_not_a_note(journal):
    told(journal, "my cat " + "and a very long story " * 40)
    assert notes_for(journal, "What is my cat called?") == []


def test_odd_characters_are_no_syntax(journal):
    told(journal, 'My cat is called "Mi-so*" OR NEAR(x).')
    assert notes_for(journal, 'cat" OR * -my NEAR( cat') != []


@pytest.mark.parametrize(
    "forms",
    [
        ("live", "lives", "lived", "living"),
        ("run", "runs", "running"),
        ("city", "cities"),
        ("bus", "buses"),
        ("glass", "glasses"),
        ("play", "plays", "played", "playing"),
        ("dog", "dogs", "Dog's"),
    ],
)
def test_forms_of_a_word_are_one_stem(forms):
    assert len({stems(form) for form in forms}) == 1


def test_different_words_stay_different():
    assert len({stems(word) for word in ("cat", "car", "bed", "bee", "red", "ring")}) == 6
