"""`reverie doctor`: checks the machine and says what to do."""

from dataclasses import asdict

import click

from assistant.cli import output
from assistant.exit_codes import ExitCode
from assistant.paths import Paths

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@output.json_option
def doctor(as_json: bool) -> int:
    """Check the machine and the installation, and say what to do."""
    from assistant.doctor import examine

    checks = []
    for check in examine(Paths.resolve()):
        checks.append(check)
        if as_json:
            continue
        mark = click.style(f"{check.verdict:<5}", fg=COLOURS[check.verdict])
        output.data(f"{mark} {check.name:<13} {check.found}")
        if check.advice:
            output.data(f"{'':<19} {check.advice}")
    well = all(check.verdict != "fail" for check in checks)
    if as_json:
        output.data_json({"well": well, "checks": [asdict(check) for check in checks]})
    return ExitCode.DONE if well else ExitCode.FAILED
