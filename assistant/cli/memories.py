"""`reverie memories`: everything it learned, from which sentence, and how to change that."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.forget import forget, probe
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
@click.argument("memory", type=int, nargs=-1, required=True)
def approve(memory: tuple[int, ...]) -> None:
    """Let the next night learn each MEMORY that was proposed."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        for number in memory:
            ledger.approve(journal, number)
            output.narrate(f"Memory {number} waits for the next night.")


@memories.command()
@click.argument("memory", type=int, nargs=-1, required=True)
def reject(memory: tuple[int, ...]) -> None:
    """Keep each MEMORY that is not learned yet from being learned."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        for number in memory:
            ledger.reject(journal, number)
            output.narrate(f"Memory {number} will not be learned.")


@memories.command()
@click.option("--off", is_flag=True, help="Learn again.")
def pause(off: bool) -> None:
    """Stop learning until `pause --off`; what is said meanwhile is kept for later."""
    from assistant.journal import memories as ledger

    with open_journal() as (_, journal):
        ledger.pause(journal, not off)
    output.narrate("Nights learn again." if off else "Nights learn nothing until 'pause --off'.")


memories.add_command(forget)
memories.add_command(probe)
