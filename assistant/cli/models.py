"""`reverie models`: the generations of the model, and which one is served."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.errors import NothingToDo, RefusedError


@click.group()
def models() -> None:
    """List the generations of the model, choose one, go back."""


@models.command(name="list")
@output.json_option
def list_(as_json: bool) -> None:
    """List the generations; 0 is the base model."""
    from assistant.generations import Generations

    with open_journal() as (paths, journal):
        found = Generations(paths, journal).list()
    rows: list[dict[str, Any]] = []
    for each in found:
        there = each.gguf.is_file()
        row = {
            "id": each.id,
            "status": "barred" if each.holds_forgotten else each.status,
            "parent": each.parent,
            "night": each.night_id,
            "created": each.created or None,
            "path": str(each.gguf),
            "bytes": each.gguf.stat().st_size if there else None,
            "sha256": each.sha256 or None,
        }
        rows.append(row)
    if as_json:
        output.data_json(rows)
        return
    output.table(
        ["ID", "STATUS", "PARENT", "NIGHT", "MADE", "SIZE", "FILE"],
        [
            [
                *(row["id"], row["status"], row["parent"], row["night"]),
                output.when(row["created"]),
                output.size(row["bytes"]) if row["bytes"] is not None else None,
                row["path"],
            ]
            for row in rows
        ],
    )


@models.command()
@click.argument("generation", type=int)
@output.json_option
def show(generation: int, as_json: bool) -> None:
    """Show the memory levels of GENERATION: their experts, and how many memories each holds."""
    from assistant.generations import Generations
    from assistant.levels import levels_of

    with open_journal() as (paths, journal):
        generations = Generations(paths, journal)
        found = generations.get(generation)
        levels = levels_of(generations, generation)
    if as_json:
        rows = [vars(level) for level in levels]
        output.data_json({"id": generation, "status": found.status, "levels": rows})
        return
    if not levels:
        raise NothingToDo(f"Generation {generation} has no levels", "Nights add experts to it.")
    output.table(
        ["LEVEL", "NIGHTS", "EXPERTS", "RANK", "PARAMETERS", "MEMORIES", "MADE OF"],
        [
            [
                *(level.name, level.period or None, len(level.experts)),
                sum(each["rank"] for each in level.experts),
                f"{sum(each['parameters'] for each in level.experts):,}",
                len(level.memories),
                ", ".join(each["id"] for each in level.experts) or None,
            ]
            for level in levels
        ],
    )


@models.command()
@click.argument("generation", type=int)
@click.option("--force", is_flag=True, help="Also one that its exam refused.")
@output.json_option
def use(generation: int, force: bool, as_json: bool) -> None:
    """Serve GENERATION from now on; 0 is the base model."""
    from assistant.generations import Generations

    with open_journal() as (paths, journal):
        generations = Generations(paths, journal)
        chosen = generations.get(generation)
        if chosen.status == "refused" and not force:
            raise RefusedError(
                f"Generation {generation} was refused by its exam",
                "'reverie nights' says why; '--force' serves it all the same.",
            )
        returned = generations.switch(generation)
    _report(generation, len(returned), as_json)


@models.command()
@output.json_option
def rollback(as_json: bool) -> None:
    """Go back to the generation from before the one that is served."""
    from assistant.generations import BASE, Generations

    with open_journal() as (paths, journal):
        generations = Generations(paths, journal)
        current = generations.current_id()
        if current == BASE:
            raise NothingToDo("The base model is served", "There is nothing to go back to.")
        target = generations.before(current).id
        returned = generations.switch(target)
    _report(target, len(returned), as_json)


def _report(serving: int, returned: int, as_json: bool) -> None:
    if as_json:
        output.data_json({"generation": serving, "memories_in_prompt_again": returned})
        return
    name = "the base model" if serving == 0 else f"generation {serving}"
    output.narrate(f"From now on {name} is served.")
    if returned:
        output.narrate(f"{returned} memories that it does not know are back in the prompt.")
