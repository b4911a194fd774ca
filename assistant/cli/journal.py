"""`reverie journal`: search, export, import, backup, verify and delete what was said."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli import output
from assistant.cli.session import home, open_journal
from assistant.errors import NothingToDo, ReverieError
from assistant.exit_codes import ExitCode
from assistant.plural import counted

if TYPE_CHECKING:
    from assistant.forgetting import Forgotten
    from assistant.journal.deletion import Deleted

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def journal() -> None:
    """Search, export, import, back up, check and delete what was said."""


@journal.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, help="At most so many messages.")
@output.json_option
def search(words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find messages that hold all WORDS.

    "Several words" in double quotes are a phrase, `word*` is the beginning of a word.
    """
    with open_journal() as (_, opened):
        hits = opened.search(" ".join(words), limit)
    if as_json:
        rows = [
            {
                "message": hit.message.id,
                "conversation": hit.message.conversation_id,
                "title": hit.title,
                "role": hit.message.role,
                "time": hit.message.created,
                "content": hit.message.content,
            }
            for hit in hits
        ]
        output.data_json(rows)
    elif not hits:
        output.narrate("Nothing found.")
    else:
        output.table(
            ["CONVERSATION", "MESSAGE", "WHEN", "WHO", "TEXT"],
            [
                [
                    *(hit.message.conversation_id, hit.message.id),
                    *(output.when(hit.message.created), hit.message.role, hit.snippet),
                ]
                for hit in hits
            ],
        )


@journal.command()
@click.argument("file", type=FILE, required=False)
@click.option("--conversation", type=int, help="Only the conversation of this number.")
def export(file: Path | None, conversation: int | None) -> None:
    """Write every conversation as JSON to FILE (which must not exist) or to stdout."""
    from assistant.journal.exchange import write
    from assistant.journal.transfer import export_conversations
    from assistant.paths import appearing

    with open_journal() as (_, opened):
        pieces = write(export_conversations(opened, conversation))
        if file is None:
            for piece in pieces:
                sys.stdout.write(piece)
            return
        try:
            with appearing(file) as part, part.open("w", encoding="utf-8") as target:
                target.writelines(pieces)
        except OSError as error:
            raise ReverieError(
                f"{file} cannot be written: {error.strerror}", "Choose another name or folder."
            ) from error
    output.narrate(f"Written to {file}.")


@journal.command(name="import")
@click.argument("file", type=FILE)
@click.option("--trust", is_flag=True, help="Let nights learn from it, as if said here.")
@output.json_option
def import_(file: Path, trust: bool, as_json: bool) -> None:
    """Take in the conversations in FILE; what is here already is not taken twice.

    Nights do not learn from imported text until it is imported (again) with --trust.
    """
    from assistant.journal.exchange import read
    from assistant.journal.transfer import import_conversations

    conversations = read(file)
    with open_journal() as (_, opened):
        done = import_conversations(opened, conversations, trust)
    if as_json:
        counts = ("conversations", "messages", "known", "approved")
        output.data_json({name: getattr(done, name) for name in counts})
        return
    output.narrate(
        f"{counted(done.messages, 'new message')}, "
        f"{counted(done.conversations, 'new conversation')}; here already: {done.known}."
    )
    if trust:
        output.narrate(f"{counted(done.approved, 'conversation')} approved for learning.")
    elif done.messages:
        output.narrate("Nights will not learn from them until you import the file with --trust.")


@journal.command()
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Copy the whole journal to FILE, checked, while it is in use."""
    from assistant.journal import checks

    with open_journal() as (_, opened):
        checks.backup(opened, file)
    output.narrate(f"The journal is copied to {file}. Keep it as private as the journal itself.")


@journal.command()
@click.option("--repair", is_flag=True, help="Build the search index anew.")
@output.json_option
def verify(repair: bool, as_json: bool) -> int:
    """Check that the journal is whole."""
    from assistant.journal import checks

    path = home().journal
    if not path.exists():
        raise NothingToDo("There is no journal yet", "It is made by the first conversation.")
    if repair:
        with open_journal() as (_, opened):
            checks.rebuild_search_index(opened)
    problems = checks.verify(path)
    if as_json:
        output.data_json({"whole": not problems, "problems": problems})
    else:
        for problem in problems:
            output.data(problem)
        output.narrate("The journal is not whole." if problems else "The journal is whole.")
    return ExitCode.FAILED if problems else ExitCode.DONE


@journal.command()
@click.argument("conversation", type=int)
@click.option("--forget", is_flag=True, help="Forget what was learned from it, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(conversation: int, forget: bool, yes: bool) -> None:
    """Delete a CONVERSATION, by its number, from the journal file for good.

    What nights have learned from it stays, with what they wrote about it, unless it is forgotten.
    """
    from assistant.forgetting import forget_conversation, memories_of
    from assistant.generations import Generations

    with open_journal() as (paths, opened):
        found = opened.conversation(conversation)
        if not yes:
            name = found.title or "no title"
            click.confirm(
                f"Delete conversation {conversation} ({name}) for good?", abort=True, err=True
            )
        memories = memories_of(opened, conversation)
        if memories and not forget and not yes:
            came = counted(len(memories), "memory", "memories")
            question = f"Also forget what came from it ({came}), in the models as well?"
            forget = click.confirm(question, err=True)
        gone, done, emptied = forget_conversation(
            opened, Generations(paths, opened), conversation, learned=forget
        )
    deleted = done.messages + sum(each.messages for each in gone)
    output.narrate(f"{counted(deleted, 'message')} deleted.")
    _say_what_became_of_memories(gone, done)
    if not emptied:
        output.narrate("Some of the text leaves the disk when other programs close the journal.")


def _say_what_became_of_memories(gone: "list[Forgotten]", done: "Deleted") -> None:
    if gone:
        output.narrate(f"Forgot {counted(len(gone), 'memory', 'memories')} from it.")
        if gone[-1].serving != gone[0].was_serving:
            output.narrate(f"Generation {gone[-1].serving} is served now: it never knew them.")
    if done.dropped:
        dropped = counted(len(done.dropped), "memory", "memories")
        output.narrate(f"{dropped} from it, not learned yet, went with it.")
    if done.learned:
        numbers = ", ".join(map(str, done.learned))
        output.narrate(
            f"The model has learned memories from it ({numbers}), and nights wrote about them; "
            "each goes with 'reverie memories forget NUMBER'."
        )
