"""`reverie nights`: what happened while you were away."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.errors import NothingToDo


@click.group(invoke_without_command=True)
@output.json_option
@click.pass_context
def nights(context: click.Context, as_json: bool) -> None:
    """List the nights; `show N` is the morning report of one."""
    if context.invoked_subcommand is not None:
        return
    from assistant.journal import nights as store

    with open_journal() as (_, journal):
        found = store.nights(journal)
    if as_json:
        output.data_json([_as_json(night) for night in found])
    elif not found:
        output.narrate("There was no night yet. 'reverie sleep' starts one.")
    else:
        rows = [
            [
                *(night.id, night.kind, output.when(night.started)),
                *(night.outcome, night.generation, night.reason),
            ]
            for night in found
        ]
        output.table(["NIGHT", "KIND", "STARTED", "OUTCOME", "GENERATION", "WHY"], rows)


@nights.command()
@click.argument("night", type=int)
@output.json_option
def show(night: int, as_json: bool) -> None:
    """Print the morning report of a NIGHT."""
    from assistant.journal import nights as store

    with open_journal() as (_, journal):
        found = store.night(journal, night)
    if as_json:
        output.data_json(_as_json(found) | {"report": found.report})
        return
    output.data(f"Night {found.id}: {found.outcome}")
    if found.reason:
        output.data(found.reason)
    output.data(f"{output.when(found.started)} to {output.when(found.ended)}")
    for stage in found.stages:
        took = "cut off" if stage.seconds is None else f"{stage.seconds:,.1f} s"
        output.data(f"  {stage.name:<8} {took}")
    if found.report:
        output.data("")
        for line in as_text(found.report):
            output.data(line)


@nights.command()
@click.argument("night", type=int)
@output.json_option
def dreams(night: int, as_json: bool) -> None:
    """Print what the model dreamt in a NIGHT, about which memories, and what became of it."""
    from assistant.journal import mornings
    from assistant.journal import nights as store

    with open_journal() as (_, journal):
        found = mornings.dreams(journal, store.night(journal, night).id)
    if as_json:
        output.data_json([vars(each) for each in found])
        return
    if not found:
        raise NothingToDo(f"Night {night} did not dream", "'method.dreaming' lets nights dream.")
    output.table(
        ["ROUND", "STATE", "MEMORIES", "DREAM", "WHY"],
        [
            [x.round, x.state, ", ".join(map(str, x.memory_ids)) or None, x.text, x.reason]
            for x in found
        ],
    )


def _as_json(night: Any) -> dict[str, Any]:
    names = ("id", "started", "ended", "reason", "generation", "kind", "scheduled")
    return {
        **{name: getattr(night, name) for name in names},
        "status": night.outcome,
        "running": night.running,
        "stages": {stage.name: stage.seconds for stage in night.stages},
    }


def as_text(value: Any, indent: str = "") -> list[str]:
    """Any JSON value as indented lines: names before values, a dash before items of lists."""
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in _named(key, each, indent)]
    if isinstance(value, list):
        return [line for each in value for line in _item(each, indent)]
    return [f"{indent}{_scalar(value)}"]


def _named(key: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, dict | list) and value:
        return [f"{indent}{key}:", *as_text(value, indent + "  ")]
    return [f"{indent}{key}: {_scalar(value)}"]


def _item(value: Any, indent: str) -> list[str]:
    lines = as_text(value, indent + "  ") or [indent + "  -"]
    first = lines[0][len(indent) + 2 :]
    return [f"{indent}- {first}", *lines[1:]]


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "-" if value is None or value in ({}, []) else " ".join(str(value).split())
