"""One turn: what is on disk when, what the model is shown, and what survives."""

import json
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.engine import Engine
from assistant.errors import ReverieError
from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.prompt import ChatMessage
from assistant.settings import ChatSettings
from assistant.turn import Assistant, Finished, Started, Token, Trimmed, answer, run_turn, title_of
from tests.fake_engine import FakeEngine

CHAT = ChatSettings(system="Be kind.", max_tokens=50)


def who(journal: Journal, engine: FakeEngine, chat: ChatSettings = CHAT) -> Assistant:
    return Assistant(journal, engine.as_engine(), chat, generation=3)


def contents(journal: Journal, conversation: int) -> list[tuple[str, str, str]]:
    return [(m.role, m.content, m.state) for m in journal.messages(conversation)]


def test_a_turn_from_message_to_reply(journal):
    engine = FakeEngine("Hello to you")
    conversation = journal.new_conversation()
    events = list(run_turn(who(journal, engine), conversation, "Hi"))
    assert isinstance(events[0], Started)
    assert "".join(e.text for e in events if isinstance(e, Token)) == "Hello to you "
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.text, last.stopped) == ("Hello to you ", False)
    user, reply = journal.messages(conversation)
    assert (user.content, user.state) == ("Hi", "complete")
    assert (reply.content, reply.state) == ("Hello to you ", "complete")
    assert (reply.parent_id, reply.generation) == (user.id, 3)
    assert (events[0].message_id, events[0].reply_id) == (user.id, reply.id)
    assert engine.asked == [[ChatMessage("system", "Be kind."), ChatMessage("user", "Hi")]]
    assert engine.open_replies == 0


def test_the_message_is_stored_before_the_model_is_asked(journal):
    conversation = journal.new_conversation()
    engine = FakeEngine([RuntimeError("the machine burns")])
    with pytest.raises(RuntimeError, match="burns"):
        list(run_turn(who(journal, engine), conversation, "Precious"))
    assert contents(journal, conversation) == [
        ("user", "Precious", "complete"),
        ("assistant", "", "interrupted"),
    ]
    assert engine.open_replies == 0


def test_text_is_stored_before_it_is_shown(journal):
    conversation = journal.new_conversation()
    engine = FakeEngine("one two three four five six\n seven")
    shown = ""
    with Journal.open(journal.path) as other:
        for event in run_turn(who(journal, engine), conversation, "Count"):
            if isinstance(event, Token):
                shown += event.text
                assert other.messages(conversation)[-1].content == shown
    assert shown.split() == ["one", "two", "three", "four", "five", "six", "seven"]


def test_what_comes_faster_than_anybody_reads_is_written_down_in_few_goes(journal, monkeypatch):
    monkeypatch.setattr("assistant.turn.time.monotonic", lambda: 7.0)
    engine = FakeEngine([f"line {n}\n" for n in range(500)])
    talk = journal.new_conversation("Long")
    events = list(run_turn(who(journal, engine), talk, "Go"))
    parts = [event.text for event in events if isinstance(event, Token)]
    assert len(parts) == 2
    assert parts[0] == "line 0\n"
    assert contents(journal, talk)[-1][1] == "".join(parts)


def test_an_error_takes_nothing_that_had_come_before_it(journal, monkeypatch):
    monkeypatch.setattr("assistant.turn.time.monotonic", lambda: 7.0)
    engine = FakeEngine(["one ", "two ", "three ", ReverieError("the model broke")])
    talk = journal.new_conversation("Broken")
    with pytest.raises(ReverieError, match="the model broke"):
        list(run_turn(who(journal, engine), talk, "Go"))
    assert contents(journal, talk)[-1][1] == "one two three "


def test_stopping_keeps_what_was_said(journal):
    conversation = journal.new_conversation()
    engine = FakeEngine(["Well, ", "as I ", threading.Event(), "never said"])
    turn = run_turn(who(journal, engine), conversation, "Go on")
    events = [next(turn), next(turn)]
    engine.stop()
    events += turn
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.stopped
    assert contents(journal, conversation)[-1] == ("assistant", "Well, as I ", "stopped")


def test_leaving_a_turn_early_counts_as_stopping(journal):
    conversation = journal.new_conversation()
    engine = FakeEngine("a b c d")
    turn = run_turn(who(journal, engine), conversation, "Go on")
    next(turn)
    next(turn)
    turn.close()
    assert contents(journal, conversation)[-1][2] == "stopped"
    assert engine.open_replies == 0


def test_history_goes_along_and_the_conversations_own_system_text(journal):
    engine = FakeEngine("First.", "Second.")
    conversation = journal.new_conversation(system="Be a pirate.")
    list(run_turn(who(journal, engine), conversation, "One"))
    list(run_turn(who(journal, engine), conversation, "Two"))
    assert [(m.role, m.content) for m in engine.asked[1]] == [
        ("system", "Be a pirate."),
        ("user", "One"),
        ("assistant", "First. "),
        ("user", "Two"),
    ]


def test_another_answer_becomes_a_branch(journal):
    engine = FakeEngine("First.", "Another.")
    conversation = journal.new_conversation()
    list(run_turn(who(journal, engine), conversation, "One"))
    question = journal.messages(conversation)[0]
    list(answer(who(journal, engine), question.id))
    replies = journal.messages(conversation)[1:]
    assert [reply.content for reply in replies] == ["First. ", "Another. "]
    assert {reply.parent_id for reply in replies} == {question.id}
    assert engine.asked[0] == engine.asked[1]


def test_trimming_is_announced(journal):
    engine = FakeEngine(*["word " * 40] * 12, n_ctx=400)
    conversation = journal.new_conversation()
    announced = []
    for turn in range(12):
        events = run_turn(who(journal, engine), conversation, f"message {turn} " + "x " * 30)
        announced += [event.messages for event in events if isinstance(event, Trimmed)]
    assert announced
    assert announced == sorted(announced)
    assert all(asked[0].content == "Be kind." for asked in engine.asked)


def test_too_long_a_message_is_kept_but_not_answered(journal):
    conversation = journal.new_conversation()
    with pytest.raises(ReverieError, match=r"1,000 tokens long"):
        list(run_turn(who(journal, FakeEngine()), conversation, "w " * 1000))
    assert [role for role, _, _ in contents(journal, conversation)] == ["user"]


def test_notes_are_in_the_prompt_and_named(journal):
    memory = ledger.add(journal, "The user's dog is called Biscuit.")
    engine = FakeEngine("Biscuit.", "No idea.", "Hello.")
    conversation = journal.new_conversation()
    last = list(run_turn(who(journal, engine), conversation, "What is my dog called?"))[-1]
    assert isinstance(last, Finished)
    assert last.from_prompt == [memory]
    assert [m.content for m in engine.asked[0]] == [
        "Be kind.",
        "What do you remember about me?",
        "The user's dog is called Biscuit.",
        "What is my dog called?",
    ]
    without = run_turn(who(journal, engine), conversation, "And my dog?", use_memory=False)
    last = list(without)[-1]
    assert isinstance(last, Finished)
    assert last.from_prompt == []
    assert "remember" not in str(engine.asked[1])


def test_off_the_record_is_kept_for_the_screen_and_for_nothing_else(journal):
    engine = FakeEngine("Noted.", "Sure.", "What?", "Fine.")
    conversation = journal.new_conversation()
    list(run_turn(who(journal, engine), conversation, "My cat is Miso.", off_record=True))
    list(run_turn(who(journal, engine), conversation, "And now?", off_record=True))
    assert "Miso" in str(engine.asked[1]), "off the record, the conversation still goes on"
    list(run_turn(who(journal, engine), conversation, "What is my cat called?"))
    assert "Miso" not in str(engine.asked[2])
    assert all(m.off_record for m in journal.messages(conversation)[:4])
    assert journal.search("Miso") == []
    assert [m.content for m in journal.since(0)] == ["What is my cat called?", "What? "]


def test_settings_reach_the_sampler(journal):
    engine = FakeEngine("a", "b")
    conversation = journal.new_conversation()
    chat = ChatSettings(temperature=0.9, top_k=7, top_p=0.5, min_p=0.1, repeat_penalty=1.3)
    list(run_turn(who(journal, engine, chat), conversation, "Hi"))
    list(run_turn(who(journal, engine, ChatSettings(seed=4)), conversation, "Hi"))
    first, second = engine.samplings
    assert (first.temperature, first.top_k, first.top_p, first.min_p) == (0.9, 7, 0.5, 0.1)
    assert (first.repeat_penalty, first.seed, second.seed) == (1.3, None, 4)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello there", "Hello there"),
        ("\n  Plans for May\nlong text", "Plans for May"),
        ("word " * 30, "word " * 11 + "word…"),
        ("", ""),
    ],
)
def test_titles(text, title):
    assert title_of(text) == title


CHILD = """
import json, sys
from pathlib import Path
from assistant.engine import Engine
from assistant.journal import Journal
from assistant.settings import ChatSettings
from assistant.turn import Assistant, Token, run_turn

journal = Journal.open(Path(sys.argv[1]))
engine = Engine(Path(sys.argv[2]), n_ctx=2048, n_threads=1)
chat = ChatSettings(temperature=1.5, seed=1, max_tokens=1500)
who = Assistant(journal, engine, chat, 0)
for event in run_turn(who, journal.new_conversation(), "My cat is called Miso."):
    if isinstance(event, Token):
        print(json.dumps(event.text), flush=True)
"""


@pytest.mark.parametrize("shown_lines", [1, 4])
def test_kill_in_the_middle_of_a_reply_keeps_what_was_shown(
    paths, tiny_gguf: Callable[..., Path], shown_lines
):
    command = [sys.executable, "-c", textwrap.dedent(CHILD), paths.journal, tiny_gguf("llama")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(shown_lines)]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    shown = "".join(json.loads(line) for line in lines if line.endswith("\n"))
    assert shown
    with Journal.open(paths.journal) as journal:
        user, reply = journal.messages(journal.conversations()[0].id)
        assert (user.content, user.state) == ("My cat is called Miso.", "complete")
        assert reply.state == "interrupted"
        assert reply.content.startswith(shown)
        engine = FakeEngine("Back again.")
        list(run_turn(who(journal, engine), user.conversation_id, "Where were we?"))
        assert engine.asked[0][2].content == reply.content


def test_with_a_real_model(journal, tiny_gguf):
    engine = Engine(tiny_gguf("llama"), n_ctx=512, n_threads=1)
    conversation = journal.new_conversation()
    asker = Assistant(journal, engine, ChatSettings(system="S", max_tokens=8, temperature=0), 0)
    for text in ("What is the name of the dog?", "And the cat?"):
        last = list(run_turn(asker, conversation, text))[-1]
        assert isinstance(last, Finished)
        assert last.stats.finish in ("length", "end")
        cached = last.stats.cached_tokens
    assert cached > 0
    engine.close()
