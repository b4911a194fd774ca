"""Branches, titles, drafts and what was typed: what the screens ask of the journal."""

from assistant.journal import Journal, branches, shelf
from assistant.journal.deletion import delete_conversation
from assistant.journal.drafts import draft, save_draft


def test_siblings_and_where_their_branches_end(journal: Journal):
    talk = journal.new_conversation()
    asked = journal.add_message(talk, "user", "Hi")
    first = journal.add_message(talk, "assistant", "One", parent_id=asked)
    second = journal.add_message(talk, "assistant", "Two", parent_id=asked)
    follow = journal.add_message(talk, "user", "More", parent_id=first)
    other = journal.add_message(talk, "user", "Hello")
    assert branches.siblings(journal, second) == [first, second]
    assert branches.siblings(journal, asked) == [asked, other]
    assert branches.newest_leaf(journal, first) == follow
    assert branches.newest_leaf(journal, second) == second
    assert branches.places(journal, [asked, first, follow]) == {asked: (1, 2), first: (1, 2)}
    assert branches.places(journal, []) == {}


def test_beginnings_of_other_conversations_are_no_siblings(journal: Journal):
    one = journal.add_message(journal.new_conversation(), "user", "Hi")
    journal.add_message(journal.new_conversation(), "user", "Hi")
    assert branches.siblings(journal, one) == [one]


def test_the_conversation_talked_in_last_comes_first(journal: Journal):
    first, second, _empty = (journal.new_conversation(title) for title in "ABC")
    journal.add_message(first, "user", "one")
    journal.add_message(second, "user", "two")
    journal.add_message(first, "user", "three")
    shelf.rename(journal, first, "A new title")
    listed = shelf.shelf(journal)
    assert [(each.title, each.messages) for each in listed] == [("A new title", 2), ("B", 1)]


def test_what_was_typed_on_the_record(journal: Journal):
    talk = journal.new_conversation()
    for text, off_record in (("a", False), ("b", False), ("a", False), ("secret", True)):
        journal.add_message(talk, "user", text, off_record=off_record)
    journal.add_message(talk, "assistant", "reply")
    hidden = journal.new_conversation(off_record=True)
    journal.add_message(hidden, "user", "hidden")
    assert shelf.typed(journal) == ["a", "b"]


def test_system_texts(journal: Journal):
    talk = journal.new_conversation()
    shelf.set_system(journal, talk, "You are a pirate.")
    assert journal.conversation(talk).system == "You are a pirate."
    shelf.set_system(journal, talk, None)
    assert journal.conversation(talk).system is None


def test_drafts(journal: Journal):
    talk = journal.new_conversation()
    save_draft(journal, talk, "half")
    save_draft(journal, 0, "new")
    save_draft(journal, talk, "half a thought")
    assert (draft(journal, talk), draft(journal, 0)) == ("half a thought", "new")
    save_draft(journal, 0, "  \n")
    assert draft(journal, 0) == ""
    delete_conversation(journal, talk)
    assert draft(journal, talk) == ""
