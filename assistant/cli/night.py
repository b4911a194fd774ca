"""`reverie sleep`, `exam` and `demo`: nights run in a process of their own, started here.

So chat never loads training code, and a crash or kill of the one leaves the other alone.
"""

import os
import re
import sys
from pathlib import Path
from typing import NoReturn

import click

from assistant import night_process
from assistant.cli import output
from assistant.cli.session import home

_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")


def _clock(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not _CLOCK.fullmatch(value):
        raise click.BadParameter("a time of day such as 06:30 is needed")
    return value


@click.command()
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Take at most so long; what is not done by then is for --resume.",
)
@click.option("--until", metavar="HH:MM", callback=_clock, help="End by this time of day.")
@click.option("--dry-run", is_flag=True, help="Say what would be learned; change nothing.")
@click.option("--resume", is_flag=True, help="Go on with the night that was cut off.")
@click.option("--nap", is_flag=True, help="New memories only, in a few minutes.")
@click.option(
    "--scheduled", is_flag=True, help="Only if a night is due and nobody minds; for timers."
)
@output.json_option
def sleep(
    minutes: float | None,
    until: str | None,
    dry_run: bool,
    resume: bool,
    nap: bool,
    scheduled: bool,
    as_json: bool,
) -> None:
    """Sleep now: learn what was said, sit the exam, wake up."""
    if minutes is not None and until is not None:
        raise click.UsageError("--minutes and --until exclude each other")
    if scheduled and (minutes is not None or until is not None or dry_run or resume or nap):
        raise click.UsageError("--scheduled decides by itself and takes no other option")
    if nap and resume:
        raise click.UsageError("--resume goes on with what was begun, be it a night or a nap")
    arguments = ["night"] + ["--nap"] * nap + ["--scheduled"] * scheduled
    arguments += ["--minutes", f"{minutes:g}"] if minutes is not None else []
    arguments += ["--until", until] if until is not None else []
    arguments += ["--dry-run"] * dry_run + ["--resume"] * resume + ["--json"] * as_json
    home()
    start(arguments)


@click.command()
@output.json_option
def exam(as_json: bool) -> None:
    """Sit the exam now with the served model."""
    home()
    start(["exam"] + ["--json"] * as_json)


@click.command()
@click.option(
    "--home",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep its files in this folder (default: a temporary one).",
)
@click.option(
    "--day",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A written day of your own (JSON, see docs/demo.md) instead of the demo's.",
)
@output.json_option
def demo(folder: Path | None, day: Path | None, as_json: bool) -> None:
    """Play a written day and sleep on it; print what it knew before and knows after."""
    arguments = ["demo"]
    arguments += ["--home", str(folder.absolute())] if folder is not None else []
    arguments += ["--day", str(day.absolute())] if day is not None else []
    start(arguments + ["--json"] * as_json)


@click.command()
@click.argument(
    "name",
    type=click.Choice(["knowledge", "knowledge-one", "lifelong", "few-shot", "class-incremental"]),
)
@click.option(
    "--arms", default="untouched,prompt,qa,default,full", help="Arms, separated by commas."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to work in; a benchmark that was cut off goes on there.",
)
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for table and plot (default: that of --out).",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder with squad_passages.json, for knowledge.",
)
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), default=3.0, help="A night."
)
@click.option("--nights", type=click.IntRange(min=1), default=6, help="Nights, tasks or intents.")
@click.option("--passages", type=click.IntRange(min=1), default=5, help="Passages, one a night.")
@click.option("--every", type=click.IntRange(min=1), default=1, help="Nights between exams.")
@click.option(
    "--passes",
    type=click.FloatRange(min=0),
    help="Stop after so many passes over the lessons, as a night does, if the time allows it.",
)
def bench(
    name: str,
    arms: str,
    out: Path,
    results: Path | None,
    data: Path,
    minutes: float,
    nights: int,
    passages: int,
    every: int,
    passes: float | None,
) -> None:
    """Compare ways of learning: the same material, time and exam for every arm."""
    sizes = {"minutes": minutes, "nights": nights, "passages": passages, "every": every}
    arguments = ["bench", name, "--arms", arms, "--out", str(out.absolute())]
    arguments += ["--data", str(data.absolute())]
    arguments += ["--results", str(results.absolute())] if results is not None else []
    for option, value in sizes.items():
        arguments += [f"--{option}", f"{value:g}"]
    arguments += ["--passes", f"{passes:g}"] if passes is not None else []
    start(arguments)


def start(arguments: list[str]) -> NoReturn:
    """Become `python -m sleep ARGUMENTS`.

    Replacing this process rather than waiting for another one means that Ctrl-C, a kill and the
    exit code are the night's own, with nothing in between that could outlive it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, night_process.command(arguments), night_process.environment())
