"""What commands print: data on stdout (as text or JSON), narration on stderr."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from assistant.printable import printable


def complain(sentence: str) -> None:
    """An error, on stderr, as one line that begins with the program's name."""
    click.echo(printable(f"reverie: {' '.join(sentence.split())}"), err=True)


def narrate(text: str) -> None:
    """A remark for the person watching, on stderr."""
    click.echo(printable(text), err=True)


def data(text: str) -> None:
    """A line of the result, on stdout."""
    click.echo(printable(text))


def piece(text: str) -> None:
    """A part of a line of the result, as it comes."""
    click.echo(printable(text), nl=False)


def data_json(value: Any) -> None:
    """The result as JSON, on stdout, for scripts."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows under their heads, columns as wide as needed, on stdout; the last may be long."""
    lines = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        data("  ".join(cells).rstrip())


def _cell(value: Any) -> str:
    return "-" if value is None else " ".join(str(value).split())


def when(moment: str | None) -> str:
    """A time of the journal for people: local, to the minute."""
    if not moment:
        return "-"
    from datetime import datetime

    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def size(count: int) -> str:
    """Bytes for people: 98.4 MB."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:,.1f} GB"


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
