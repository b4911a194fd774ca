"""`reverie schedule`: nights that happen by themselves, by the system's own timer."""

import click

from assistant.cli import output
from assistant.cli.session import home, open_journal
from assistant.errors import NothingToDo


@click.group()
def schedule() -> None:
    """Let nights happen by themselves, or no longer."""


@schedule.command()
@output.json_option
def install(as_json: bool) -> None:
    """Put a timer in place (systemd, launchd or Task Scheduler); print the files it is made of.

    It asks Reverie every quarter of an hour whether a night is due: in the hours of
    schedule.window, when nobody is at the machine. See 'reverie config show'.
    """
    from assistant import settings
    from assistant.schedule.timers import timer

    paths = home()
    rules = settings.load(paths).schedule
    written = [str(path) for path in timer(paths).install()]
    if as_json:
        output.data_json({"files": written, "window": rules.window})
        return
    for path in written:
        output.data(path)
    output.narrate(f"From now on I sleep between {rules.window.replace('-', ' and ')}, when nobody")
    output.narrate("is at the machine. 'reverie status' says why I did or did not;")
    output.narrate("'reverie schedule remove' ends it and leaves nothing behind.")
    _about_lingering()


def _about_lingering() -> None:
    """Timers of a user run while they are logged in; that there is a way round it is said."""
    from assistant import system

    if system.platform() != "linux":
        return
    if system.run("loginctl", "show-user", "--property=Linger").out.strip() == "Linger=no":
        output.narrate("This holds while you are logged in. 'loginctl enable-linger' makes it hold")
        output.narrate("at other times, too.")


@schedule.command()
@output.json_option
def status(as_json: bool) -> None:
    """Say whether the timer is in place, when the next night comes, and what was decided."""
    from datetime import datetime

    from assistant import settings
    from assistant.journal.decisions import decisions
    from assistant.schedule.outlook import last_decision, next_night
    from assistant.schedule.timers import timer

    with open_journal() as (paths, journal):
        found = timer(paths)
        rules = settings.load(paths).schedule
        state = {
            "installed": found.installed,
            "active": found.active(),
            "files": [str(path) for path in found.files if path.is_file()],
            "window": rules.window,
            "quiet": rules.quiet or None,
            "next_night": next_night(journal, paths, rules, datetime.now().astimezone()),
            "decision": last_decision(journal),
        }
        recent = decisions(journal)
    if as_json:
        output.data_json(state)
        return
    words = "at work" if state["active"] else "in place, but not at work"
    output.data(f"timer   {words if state['installed'] else 'none'}")
    for path in found.files:
        output.data(f"file    {path}" if path.is_file() else f"        ({path} is not there)")
    output.data(f"window  {rules.window}")
    if recent:
        output.data("")
        rows = [
            [output.when(each.created), each.decision, each.night, each.reason] for each in recent
        ]
        output.table(["WHEN", "DECISION", "NIGHT", "WHY"], rows)


@schedule.command()
@output.json_option
def remove(as_json: bool) -> None:
    """Take the timer and its files away again; print what is gone."""
    from assistant.schedule.timers import timer

    gone = [str(path) for path in timer(home()).remove()]
    if as_json:
        output.data_json({"removed": gone})
        return
    if not gone:
        raise NothingToDo(
            "There is no timer of Reverie here", "'reverie schedule install' makes one."
        )
    for path in gone:
        output.data(path)
    output.narrate("Nights happen no longer by themselves; 'reverie sleep' still starts one.")
