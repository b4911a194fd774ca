"""From the command to a night and back: lock, budget, narration, exit code."""

from __future__ import annotations

import errno
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec

from assistant import settings as settings_
from assistant.engine import Engine as Server
from assistant.errors import RefusedError, ReverieError, UsageError_
from assistant.exit_codes import ExitCode
from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.memories import back_to_waiting, paused
from assistant.paths import Paths
from sleep import night as night_
from sleep.bed import Bed
from sleep.diary import Diary
from sleep.exam import Verdict
from sleep.export import ExportReport
from sleep.growing import Grown
from sleep.leftovers import clear
from sleep.lock import only_night
from sleep.narrator import Narrator
from sleep.night import Woken
from sleep.report import in_words, report
from sleep.watched import Watched

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")

_EXIT = {
    "learned": ExitCode.DONE,
    "nothing": ExitCode.NOTHING,
    "refused": ExitCode.REFUSED,
    "interrupted": ExitCode.INTERRUPTED,
    "skipped": ExitCode.NOTHING,
    "failed": ExitCode.FAILED,
}


def go_to_bed(
    *, minutes: float | None, until: str | None, dry_run: bool, resume: bool, as_json: bool
) -> int:
    """`reverie sleep`: one night now. Returns the exit code; raises for what is the user's to mend.

    Whatever ends a night, its row in the journal says so, and says why.
    """
    paths = Paths.resolve().make()
    settings = settings_.load(paths)
    budget = minutes or settings.sleep.minutes
    if until is not None:
        budget = minutes_until(until, datetime.now())
    with Journal.open(paths.journal) as journal, only_night(paths.night_lock):
        if dry_run:
            return _preview(paths, settings, journal, as_json)
        narrator = Narrator(sys.stderr)
        if paused(journal):
            found = {"status": "skipped", "reason": "learning is paused ('reverie memories pause')"}
            return _say(found, as_json)

        def bed(diary: Diary) -> Bed:
            deadline = time.monotonic() + 60 * budget
            watched = Watched(journal, diary.night, deadline)

            def progress(stage: str, done: int, of: int) -> None:
                narrator.progress(stage, done, of)
                watched.progress(stage, done, of)

            return Bed(
                paths=paths,
                settings=settings,
                journal=journal,
                generations=Generations(paths, journal),
                diary=diary,
                deadline=deadline,
                progress=progress,
                watched=watched,
            )

        if resume:
            return _say(_sleep(bed(Diary.resume(journal, narrator.stage)), narrator), as_json)
        if Diary.stopped_after(journal, "wake"):  # all that is missing is to serve what it made
            _sleep(bed(Diary.resume(journal, narrator.stage)), narrator)
        encoded = msgspec.json.encode(settings.sleep).decode()
        diary = Diary.begin(journal, encoded, narrator.stage)
        clear(paths, journal)
        return _say(_sleep(bed(diary), narrator), as_json)


def _sleep(bed: Bed, narrator: Narrator) -> dict[str, Any]:
    """The night and its report; an error or Ctrl-C closes the night with its reason first."""
    started = time.monotonic()
    diary = bed.diary
    try:
        with _plain_errors(bed.paths):
            woken = _served(bed, diary.result("wake", Woken) or night_.run(bed))
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt)
        status, reason = ("interrupted", "it was stopped") if stopped else ("failed", str(error))
        diary.end(status, reason or type(error).__name__, None, None)
        raise
    finally:
        narrator.close()
        bed.watched.close()
    verdict, file = diary.result("exam", Verdict), diary.result("export", ExportReport)
    minutes = (time.monotonic() - started) / 60
    found = report(diary, woken, minutes, verdict, file)
    grown = diary.result("grow", Grown)
    generation = grown.generation if grown and woken.status == "learned" else None
    diary.end(woken.status, woken.reason, generation, found)
    clear(bed.paths, bed.journal)
    serving = bed.generations.current_id()
    return {"status": woken.status, "night": diary.night, "generation": serving} | found


@contextmanager
def _plain_errors(paths: Paths) -> Iterator[None]:
    """Turn what the system says about files and disks into a ReverieError with a hint."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what = f"the disk is full: a file in {paths.data_dir} could not be written"
        else:
            what = f"a file could not be read or written: {error}"
        hint = "See to that, then go on with 'reverie sleep --resume'."
        raise ReverieError(what, hint) from error


def _served(bed: Bed, woken: Woken) -> Woken:
    """Serve what the night has made, where it was cut off before that.

    If it has become unfit meanwhile (it knows something forgotten), its memories wait again.
    """
    grown = bed.diary.result("grow", Grown)
    if woken.status != "learned" or grown is None:
        return woken
    if bed.generations.current_id() == grown.generation:
        return woken
    try:
        bed.generations.promote(grown.generation)
    except RefusedError as error:
        with bed.journal.writing() as db:
            back_to_waiting(db, [bed.diary.night])
        return Woken("refused", error.message, (), (*woken.learned, *woken.unsure))
    return woken


def _say(found: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(msgspec.json.encode(found).decode())
    elif found["status"] == "skipped":
        print(f"Skipped: {found['reason']}.", file=sys.stderr)
    else:
        print("\n".join(in_words(found)))
    return _EXIT[found["status"]]


def _preview(paths: Paths, settings: settings_.Settings, journal: Journal, as_json: bool) -> int:
    model = Generations(paths, journal).current().gguf
    server = Server(model, settings.model.n_ctx, settings.sleep.threads, 0, seed=0)
    try:
        reading = night_.preview(journal, server, settings.sleep.seed)
    finally:
        server.close()
    if as_json:
        print(msgspec.json.encode(reading).decode())
    else:
        print("\n".join(fact.text for fact in reading.facts))
    return ExitCode.DONE if reading.facts else ExitCode.NOTHING


def minutes_until(clock: str, now: datetime) -> float:
    """Minutes from `now` to the next time that clocks show HH:MM; UsageError_ for anything else."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise UsageError_(f"'{clock}' is no time of day", "Say it as HH:MM, such as 06:30.")
    hour, minute = (int(part) for part in found.groups())
    end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if end <= now:
        end += timedelta(days=1)
    return (end - now).total_seconds() / 60


def sit_exam(*, as_json: bool) -> int:
    """`reverie exam`: the served model's exam now, on everything it has learned."""
    paths = Paths.resolve().make()
    settings = settings_.load(paths)
    with Journal.open(paths.journal) as journal:
        verdict = night_.exam_now(paths, settings, journal)
    found = {
        "passed": verdict.passed,
        "reasons": list(verdict.reasons),
        "parts": {n: msgspec.to_builtins(s) for n, s in verdict.parts.items()},
        "perplexity_ratio": verdict.perplexity_ratio,
        "answers": [msgspec.to_builtins(a) for a in verdict.answers],
    }
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        for name, score in verdict.parts.items():
            print(f"{name:<10} {score.after} of {score.asked} right (base: {score.before})")
        print(f"perplexity {verdict.perplexity_ratio:.3f} x the base")
        print("\n".join(verdict.reasons))
    return ExitCode.DONE if verdict.passed else ExitCode.REFUSED
