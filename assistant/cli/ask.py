"""`reverie ask`: one question, the answer on stdout."""

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.errors import NothingToDo, UsageError_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.journal import Journal
    from assistant.paths import Paths
    from assistant.turn import TurnEvent


@click.command()
@click.argument("text", required=False)
@click.option("-c", "--continue", "go_on", is_flag=True, help="Go on with the last conversation.")
@click.option("--no-memory", is_flag=True, help="No memories in the prompt: only the weights.")
@click.option("--generation", type=int, help="Ask this generation of the model; 0 is the base.")
@click.option("--off-record", is_flag=True, help="Never learn from it, never find it again.")
@output.json_option
def ask(
    text: str | None,
    go_on: bool,
    no_memory: bool,
    generation: int | None,
    off_record: bool,
    as_json: bool,
) -> None:
    """Ask TEXT, or what comes through a pipe, or both, and print the answer."""
    question = "\n\n".join(part for part in (text or "", _piped(required=not text)) if part.strip())
    if not question:
        raise UsageError_("There is no question", "Give it as an argument or through a pipe.")
    with open_journal() as (paths, journal):
        events, number, conversation = _begin(
            paths, journal, question, go_on, generation, off_record, not no_memory
        )
        finished = _show(events, quiet=as_json)
    if as_json:
        output.data_json(
            {
                "answer": finished.text,
                "generation": number,
                "ttft_s": finished.stats.ttft_s,
                "tokens_per_s": finished.stats.tokens_per_s,
                "prompt_tokens": finished.stats.prompt_tokens,
                "from_prompt": finished.from_prompt,
                "conversation": conversation,
                "finish": finished.stats.finish,
            }
        )


def _piped(required: bool) -> str:
    """What comes through a pipe or from a file; from a terminal only an argument counts.

    Other kinds of stdin (a socket, a device, what a timer hands down) may never end, so they are
    read only when there is nothing else to ask.
    """
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (required or stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError_("What came through the pipe is not text (UTF-8)") from error


def _begin(
    paths: "Paths",
    journal: "Journal",
    question: str,
    go_on: bool,
    generation: int | None,
    off_record: bool,
    use_memory: bool,
) -> "tuple[Iterator[TurnEvent], int, int]":
    """Load the model and start the turn; the events, the generation, the conversation."""
    from assistant import settings
    from assistant.engine import Engine
    from assistant.generations import Generations
    from assistant.turn import Assistant, run_turn, title_of

    chosen_settings = settings.load(paths)
    generations = Generations(paths, journal)
    chosen = generations.current() if generation is None else generations.get(generation)
    model = chosen_settings.model
    engine = Engine(chosen.gguf, model.n_ctx, model.n_threads, model.n_gpu_layers)
    if go_on:
        conversation = _last_conversation(journal)
    else:
        conversation = journal.new_conversation(title_of(question), off_record=off_record)
    who = Assistant(journal, engine, chosen_settings.chat, chosen.id)
    events = run_turn(who, conversation, question, off_record=off_record, use_memory=use_memory)
    return events, chosen.id, conversation


def _last_conversation(journal: "Journal") -> int:
    sql = (
        "SELECT conversation_id FROM messages JOIN conversations"
        " ON conversations.id = messages.conversation_id WHERE origin = 'chat'"
        " ORDER BY messages.id DESC LIMIT 1"
    )
    with journal.reading() as db:
        row = db.execute(sql).fetchone()
    if row is None:
        raise NothingToDo("There is no conversation to go on with", "Ask without -c.")
    number: int = row[0]
    return number


def _show(events: "Iterator[TurnEvent]", quiet: bool) -> Any:
    """Print the reply as it comes, unless `quiet`; return the event that ended it."""
    from assistant.turn import Finished, Token, Trimmed

    finished = None
    for event in events:
        if isinstance(event, Trimmed):
            output.narrate(f"({event.messages} earlier messages did not fit the window.)")
        elif isinstance(event, Token) and not quiet:
            output.piece(event.text)
        elif isinstance(event, Finished):
            finished = event
    if not quiet:
        click.echo()
    return finished
