"""`reverie memories`: everything it learned, from which sentence, and how to change that."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.memory_states import STATES

GONE = ("forgotten", "superseded", "rejected")


@click.group()
def memories() -> None:
    """See what it learned, from which sentence; correct it; make it forget."""


def _as_json(memory: Any) -> dict[str, Any]:
    names = ("id", "text", "state", "message_id", "source", "night", "level", "questions")
    more = ("subject", "answer", "supersedes", "reason", "created")
    return {name: getattr(memory, name) for name in (*names, *more)}


@memories.command(name="list")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Only these states.")
@click.option("--all", "everything", is_flag=True, help="Also what no longer counts.")
@output.json_option
def list_(state: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List the memories.

    Level 0 is in the prompt, 1 and above are in the weights.
    """
    from assistant.journal import memories as ledger

    states = state or tuple(each for each in STATES if everything or each not in GONE)
    with open_journal() as (_, journal):
        found = ledger.memories(journal, states)
    if as_json:
        output.data_json([_as_json(memory) for memory in found])
    elif not found:
        output.narrate("No memories.")
    else:
        rows = [
            [memory.id, memory.state, memory.level, memory.night, memory.text] for memory in found
        ]
        output.table(["ID", "STATE", "LEVEL", "NIGHT", "MEMORY"], rows)


@memories.command()
@click.argument("memory", type=int)
@output.json_option
def show(memory: int, as_json: bool) -> None:
    """Show one MEMORY: where it came from and how it is asked for."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        found = ledger.memory(journal, memory)
    if as_json:
        output.data_json(_as_json(found))
        return
    fields = {
        "memory": found.text,
        "state": f"{found.state} ({found.reason})" if found.reason else found.state,
        "said": found.source or "(added by hand)",
        "message": found.message_id,
        "night": found.night,
        "level": f"{found.level} ({'in the weights' if found.level else 'in the prompt'})",
        "corrects": found.supersedes,
        "since": output.when(found.created),
    }
    for name, value in fields.items():
        if value is not None:
            output.data(f"{name:<9} {value}")
    for question in found.questions:
        output.data(f"{'asked as':<9} {question}")


@memories.command()
@click.argument("text")
def add(text: str) -> None:
    """Add a memory, said as TEXT; the next night learns it."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        number = ledger.add(journal, text)
    output.data(str(number))
    output.narrate(f"Memory {number} is in the prompt now and is learned in the next night.")


@memories.command()
@click.argument("memory", type=int)
@click.argument("text")
def correct(memory: int, text: str) -> None:
    """Put TEXT in the place of MEMORY."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        number = ledger.correct(journal, memory, text)
    output.data(str(number))
    output.narrate(
        f"Memory {number} takes the place of {memory}: in the prompt now, in the weights after "
        "the next night."
    )


@memories.command()
@click.argument("memory", type=int)
def approve(memory: int) -> None:
    """Let the next night learn a MEMORY that was proposed."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        ledger.approve(journal, memory)
    output.narrate(f"Memory {memory} waits for the next night.")


@memories.command()
@click.argument("memory", type=int)
def reject(memory: int) -> None:
    """Keep a MEMORY that is not learned yet from being learned."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        ledger.reject(journal, memory)
    output.narrate(f"Memory {memory} will not be learned.")


@memories.command()
@click.option("--off", is_flag=True, help="Learn again.")
def pause(off: bool) -> None:
    """Stop learning until `pause --off`; what is said meanwhile is kept for later."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        ledger.pause(journal, not off)
    output.narrate("Nights learn again." if off else "Nights learn nothing until 'pause --off'.")


@memories.command()
@click.argument("memory", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def forget(memory: int, yes: bool, as_json: bool) -> None:
    """Forget a MEMORY: its text, its message, its questions, and the models that know it.

    A model that never knew it is served at once; what else was learned since waits in the prompt
    for the next night, which learns it again.
    """
    from dataclasses import asdict

    from assistant.forgetting import forget as forget_memory
    from assistant.generations import Generations
    from assistant.journal.memories import memory as find

    with open_journal() as (paths, journal):
        found = find(journal, memory)
        if not yes:
            click.confirm(f"Forget '{found.text}' for good?", abort=True, err=True)
        done = forget_memory(journal, Generations(paths, journal), memory)
    if as_json:
        output.data_json(asdict(done))
        return
    _explain(done)


def _explain(done: Any) -> None:
    output.narrate(
        f"Memory {done.memory} is gone from the journal's file, with {done.messages} messages, its "
        "questions, exam answers and mentions in reports."
    )
    if done.serving != done.was_serving:
        output.narrate(
            f"Generation {done.was_serving} knew it; generation {done.serving}, which never did, "
            "is served now."
        )
    if done.waiting_again:
        output.narrate(
            f"{len(done.waiting_again)} other memories are back in the prompt until the next night."
        )
    if done.barred:
        numbers = ", ".join(map(str, done.barred))
        output.narrate(f"Model files that know it are still on disk, barred: {numbers}.")
    if done.still_said:
        numbers = ", ".join(map(str, done.still_said))
        output.narrate(f"Messages that say it too: {numbers} ('reverie journal search').")
    if not done.emptied:
        output.narrate("Some of the text leaves the disk when other programs close the journal.")
    output.narrate("Backups and exports that you made still hold it.")
