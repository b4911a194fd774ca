"""`reverie sleep --scheduled`: is a night due, is this a good moment, and if so, a quiet night.

Started by a timer every quarter of an hour. Loads nothing heavy until there is something to do.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import datetime

from assistant import base
from assistant import settings as settings_
from assistant.errors import BusyError, ReverieError
from assistant.exit_codes import ExitCode
from assistant.hashes import model_sha256
from assistant.journal import Journal
from assistant.journal.decisions import decide
from assistant.journal.memories import paused
from assistant.journal.nights import nights
from assistant.model_file import inspect
from assistant.needs import night_disk
from assistant.paths import Paths
from assistant.schedule.due import Due, due
from assistant.settings import Settings
from sleep.manners.notify import notify
from sleep.manners.quietly import kept_awake, step_back
from sleep.manners.readings import look
from sleep.manners.rules import in_the_way, objections

_MORNING = ("Reverie", "I have slept. 'reverie nights' shows the morning report.")


def sleep_by_itself(*, as_json: bool) -> int:
    """Decide, and sleep where that is the decision; returns the exit code."""
    paths = Paths.resolve().make()
    settings = settings_.load(paths)
    with Journal.open(paths.journal) as journal:
        clock = datetime.now().astimezone()
        found = None if paused(journal) else due(journal, settings.schedule, clock)
        if found is None:
            return ExitCode.NOTHING
        try:
            disk = _disk(paths, settings)
            seen = look(journal, paths, over_s=1.0)
            against = list(objections(seen, settings.schedule, disk, clock))
            against = against or _too_large(settings)
        except ReverieError as error:  # the model is gone, or is none
            decide(journal, "waited", error.message, found.night)
            raise
        if against:
            decide(journal, "waited", "; ".join(against), found.night)
            return ExitCode.NOTHING
        decide(journal, "began" if found.night is None else "resumed", found.reason, found.night)
        return _sleep(paths, settings, journal, found, as_json)


def _disk(paths: Paths, settings: Settings) -> int:
    model = base.locate(settings)
    converted = paths.weights_dir(model_sha256(model, paths)).is_dir()
    return night_disk(inspect(model), converted=converted)


def _too_large(settings: Settings) -> list[str]:
    """Why the night would not fit into the memory that is free, and what would."""
    from sleep.memory_plan import TooLarge
    from sleep.recipes import ways_of

    try:
        ways_of(settings)
    except TooLarge as error:
        return [f"{error.lacking}. {error.hint.removesuffix('.')}"]
    return []


def _sleep(paths: Paths, settings: Settings, journal: Journal, found: Due, as_json: bool) -> int:
    """The night, and the decision that it ended; whatever goes wrong in it is written down, too."""
    from sleep.bedtime import Terms, go_to_bed

    started = time.monotonic()

    def in_somebodys_way() -> str | None:
        clock = datetime.now().astimezone()
        if found.until is not None and clock >= found.until:
            reason: str | None = f"the hours of sleep ended at {found.until:%H:%M}"
        else:
            asleep = time.monotonic() - started
            reason = in_the_way(look(watching, paths), settings.schedule, asleep, clock)
        if reason is not None:
            with suppress(BusyError):  # somebody waits: there is no time to wait for the journal
                decide(watching, "yielded", reason, nights(watching, limit=1)[0].id)
        return reason

    step_back()
    terms = Terms(nap=found.what == "nap", resume=found.night is not None, scheduled=True)
    try:
        with kept_awake(), Journal.open(paths.journal, busy_seconds=0.3) as watching:
            return go_to_bed(terms, as_json=as_json, ask=in_somebodys_way)
    finally:
        _morning(settings, journal)


def _morning(settings: Settings, journal: Journal) -> None:
    """Write down how the night ended; say on the desktop that it did, and nothing more.

    It is not ours where somebody else began one meanwhile, or where ours did not begin after all.
    """
    night = next(iter(nights(journal, limit=1)), None)
    if night is None or night.pid != os.getpid() or night.outcome == "interrupted":
        return
    decide(journal, "ended", ": ".join(filter(None, (night.outcome, night.reason))), night.id)
    if settings.schedule.notify and night.outcome != "nothing":
        notify(*_MORNING)
