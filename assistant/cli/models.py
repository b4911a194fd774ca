"""`reverie models`: base models and their generations, and which one is served."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.session import home, open_journal
from assistant.errors import NothingToDo, RefusedError, UsageError_
from assistant.plural import counted

if TYPE_CHECKING:
    from assistant.hub import HubFile


@click.group()
def models() -> None:
    """Find, fetch and choose base models; list their generations, choose one, go back."""


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
            "base": each.base or None,
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
@output.json_option
def scan(as_json: bool) -> None:
    """Find models that are on this disk already: of Ollama, LM Studio, Jan and others.

    They are used where they lie, never copied or changed: 'reverie models use NAME'.
    """
    from assistant.shelves import appraise, scan

    rows = [appraise(each) for each in scan(home(), Path.home())]
    if as_json:
        output.data_json(rows)
    elif not rows:
        output.narrate("No model was found. 'reverie models pull' fetches one.")
    else:
        output.table(
            ["NAME", "KEPT BY", "KIND", "SIZE", "CAN", "FILE"],
            [
                [
                    *(row["name"], row["keeper"]),
                    " ".join(filter(None, (row["arch"], row["quant"]))) or None,
                    *(output.size(row["bytes"]), row["why"] or "chat and sleep", row["path"]),
                ]
                for row in rows
            ],
        )


@models.command()
@click.argument("repository", metavar="OWNER/NAME")
@click.argument("file", required=False)
@click.option("--use", "then_use", is_flag=True, help="Use it from now on.")
@click.option("--force", is_flag=True, help="With --use: also one that is too large.")
@click.option("--weights", is_flag=True, help="Fetch what GGUFs are made from, for nights.")
@output.json_option
def pull(
    repository: str, file: str | None, then_use: bool, force: bool, weights: bool, as_json: bool
) -> None:
    """Fetch a model from the Hugging Face hub: the only command that uses the network.

    FILE is one of the repository's GGUFs, or a part of its name such as Q4_K_M; without it, the
    one that fits best is taken. What was fetched is kept when the connection breaks: start again,
    and it goes on from there.

    --weights fetches the safetensors of the repository that a GGUF was made from. Nights with that
    GGUF train on them, if they are there before its first one; else on what is in the file itself,
    and they go on with that.
    """
    from assistant import hub

    if weights and (file or then_use):
        raise UsageError_(
            "--weights is about a whole repository", "Fetch the GGUF by another 'models pull'."
        )
    found = hub.weights(repository) if weights else [hub.choose(hub.files(repository), file)]
    if weights:
        _name_who_does_without(repository)
    rows = [_fetch(each) for each in found]
    if then_use:
        _use_base(Path(rows[0]["path"]), force, as_json)
    elif as_json:
        output.data_json(rows if weights else rows[0])
    else:
        for row in rows:
            output.data(row["path"])
        if not weights:
            output.narrate(f"Use it: reverie models use '{rows[0]['path']}'")


def _name_who_does_without(repository: str) -> None:
    """Say, before it is fetched, which models' nights will not train on it."""
    from assistant.origins import begun_without

    with open_journal() as (paths, journal):
        for gguf in begun_without(repository, paths, journal):
            output.narrate(
                f"Note: nights with {gguf.name} go on with the weights in that file: what they "
                "learned was learned on those. What is fetched now is for other files of the model."
            )


def _fetch(chosen: "HubFile") -> dict[str, Any]:
    """Fetch a file and say so."""
    from assistant import hub

    size = output.size(chosen.bytes)
    output.narrate(f"Fetching {chosen.name} ({size}) from {chosen.repository} ...")
    path = hub.fetch(chosen, home())
    output.narrate(f"It is whole: its SHA-256 is {chosen.sha256}.")
    return {"path": str(path), "bytes": chosen.bytes, "sha256": chosen.sha256}


@models.command()
@click.argument("model", metavar="GENERATION|FILE|NAME")
@click.option("--force", is_flag=True, help="Also one that its exam refused, or that is too large.")
@output.json_option
def use(model: str, force: bool, as_json: bool) -> None:
    """Serve another GENERATION (0: the base model), or another base model from now on.

    A base model is a GGUF FILE, a NAME from 'reverie models scan', or 'starter'. It is checked
    first. Nothing is lost: what was learned with the old one waits in the prompt until a night has
    learned it anew, and the old one's generations are served again when you go back to it.
    """
    if model.isdecimal():
        _use_generation(int(model), force, as_json)
    else:
        _use_base(_named(model), force, as_json)


def _use_generation(generation: int, force: bool, as_json: bool) -> None:
    from assistant import base, bases, settings
    from assistant.generations import BASE, Generations
    from assistant.hashes import model_sha256

    with open_journal() as (paths, journal):
        generations = Generations(paths, journal)
        chosen = generations.get(generation)
        if chosen.status == "refused" and not force:
            raise RefusedError(
                f"Generation {generation} was refused by its exam",
                "'reverie nights' says why; '--force' serves it all the same.",
            )
        if generation != BASE and chosen.base:
            present = base.expected(settings.load(paths))
            if not present.is_file() or model_sha256(present, paths) != chosen.base:
                where = bases.path_of(journal, chosen.base) or "FILE"
                raise RefusedError(
                    f"Generation {generation} was made from another base model",
                    f"Go back to that one first: 'reverie models use {where}'.",
                )
        returned = generations.switch(generation)
    _report(generation, len(returned), as_json)


def _named(model: str) -> Path:
    """The file that is meant: a path, the starter, or a name that `scan` shows."""
    from assistant import base
    from assistant.shelves import scan

    path = Path(model).expanduser().absolute()
    if path.is_file():
        return path
    if model == "starter":
        return base.starter()
    found = [each.path for each in scan(home(), Path.home()) if each.name == model]
    if len(found) > 1:
        raise UsageError_(
            f"Several models are called '{model}'", f"Give the file: {', '.join(map(str, found))}."
        )
    if not found:
        raise UsageError_(
            f"'{model}' is neither a file nor the name of a model on this disk",
            "'reverie models scan' lists those that are, 'reverie models list' the generations.",
        )
    return found[0]


def _use_base(path: Path, force: bool, as_json: bool) -> None:
    from assistant import bases

    with open_journal() as (paths, journal):
        prospect = bases.examine(path, paths, force=force)
        switched = bases.use(paths, journal, prospect)
    info, night = prospect.info, prospect.night
    if as_json:
        output.data_json(
            {
                "generation": switched.generation,
                "memories_in_prompt_again": len(switched.waiting_again),
                "path": str(info.path),
                "name": info.name,
                "arch": info.arch,
                "sha256": prospect.sha256,
                "learns": night is not None,
                "night": None
                if night is None
                else {"memory": night.usual, "least": night.least, "disk": prospect.disk},
                "warnings": list(prospect.warnings),
            }
        )
        return
    output.narrate(f"The base model is now {info.name} ({info.arch}, {info.quant}), where it lies:")
    output.narrate(f"  {info.path}")
    if night is not None:
        needed = f"{output.size(night.usual)} of {night.where}"
        if night.least < night.usual:
            needed += f" ({output.size(night.least)} where it is scarce)"
        output.narrate(f"A night needs about {needed} and {output.size(prospect.disk)} of disk.")
    for warning in prospect.warnings:
        output.narrate(f"Note: {warning}.")
    _report(switched.generation, len(switched.waiting_again), as_json)


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


@models.command()
@click.argument("generation", type=int, required=False)
def rebuild(generation: int | None) -> None:
    """Build the model file of a GENERATION again from base and experts, the same to the last bit.

    Without a number: mend whatever is damaged.
    """
    from assistant.cli.night import start

    home()
    start(["rebuild", *([] if generation is None else [str(generation)])])


def _report(serving: int, returned: int, as_json: bool) -> None:
    if as_json:
        output.data_json({"generation": serving, "memories_in_prompt_again": returned})
        return
    name = "the base model" if serving == 0 else f"generation {serving}"
    output.narrate(f"From now on {name} is served.")
    if returned:
        unknown = counted(returned, "memory", "memories")
        output.narrate(f"Back in the prompt: {unknown} that it does not know.")
