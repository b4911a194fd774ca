"""From the command to a night and back: lock, budget, narration, exit code."""

from __future__ import annotations

import errno
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from assistant import base
from assistant import settings as settings_
from assistant.bases import note
from assistant.engine import Engine as Server
from assistant.errors import ReverieError, UsageError_
from assistant.exit_codes import ExitCode
from assistant.generations import Generations
from assistant.hashes import model_sha256
from assistant.journal import Journal
from assistant.journal.memories import paused
from assistant.paths import Paths
from assistant.printable import printable
from assistant.retention import prune
from sleep import mend
from sleep import night as night_
from sleep.bed import Bed
from sleep.budget import OutOfTime
from sleep.diary import Diary
from sleep.examining import exam_now
from sleep.growing import Grown
from sleep.leftovers import clear
from sleep.lock import only_night
from sleep.manners import energy
from sleep.manners.watch import Reason, Watch
from sleep.memory_plan import TooLarge
from sleep.narrator import Narrator
from sleep.recipes import ways_of
from sleep.report import in_words, report
from sleep.retry import again, gentler
from sleep.waking import Woken
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


@dataclass(frozen=True)
class Terms:
    """How a night was asked for. Minutes and until are limits: it is stopped when they are over."""

    minutes: float | None = None
    until: str | None = None
    dry_run: bool = False
    resume: bool = False
    nap: bool = False
    scheduled: bool = False


def go_to_bed(terms: Terms, *, as_json: bool, ask: Reason = lambda: None) -> int:
    """`reverie sleep`: one night now. Returns the exit code; raises for what is the user's to mend.

    Whatever ends a night, its row in the journal says so, and says why. `ask` says whether it must
    stop, and is asked in a thread of its own.
    """
    paths = Paths.resolve().make()
    settings = settings_.load(paths)
    limit = terms.minutes
    if terms.until is not None:
        limit = minutes_until(terms.until, datetime.now())
    started = time.monotonic()

    def reason() -> str | None:
        if limit is not None and time.monotonic() > started + 60 * limit:
            return "its time was up"
        return ask()

    with Journal.open(paths.journal) as journal, only_night(paths.night_lock):
        Generations(paths, journal).settle()
        if terms.dry_run:
            return _preview(paths, settings, journal, as_json)
        narrator = Narrator(sys.stderr)
        if paused(journal):
            found = {"status": "skipped", "reason": "learning is paused ('reverie memories pause')"}
            return _say(found, as_json)
        model = base.expected(settings)
        sha256 = model_sha256(model, paths) if model.is_file() else ""
        if sha256:
            note(paths, journal, sha256)

        too_large = _too_large(settings)
        if too_large:
            return _say({"status": "skipped", "reason": too_large}, as_json)
        make = _beds(paths, settings, journal, narrator, limit)
        mend.before_the_night(Generations(paths, journal), journal, _narrate)
        if terms.resume:
            resumed = Diary.resume(journal, narrator.stage, base=sha256)
            return _say(_nights(resumed, make, narrator, reason), as_json)
        if Diary.stopped_after(journal, "exam"):  # all that is missing is to wake up
            _sleep(make(Diary.resume(journal, narrator.stage, base=sha256)), narrator, reason)
        encoded = msgspec.json.encode(settings.sleep).decode()
        diary = Diary.begin(
            *(journal, encoded, narrator.stage),
            base=sha256,
            nap=terms.nap,
            scheduled=terms.scheduled,
        )
        clear(paths, journal)
        found = _nights(diary, make, narrator, reason)
        prune(Generations(paths, journal), settings.generations)
        return _say(found, as_json)


def _too_large(settings: settings_.Settings) -> str | None:
    """Why the night would not fit into memory, and what would, if it would not."""
    try:
        ways_of(settings)
    except TooLarge as error:
        return str(error).rstrip(".")
    except ReverieError:
        pass  # a model that cannot be used: the night will say so, and keep it in its record
    return None


def _beds(
    paths: Paths,
    settings: settings_.Settings,
    journal: Journal,
    narrator: Narrator,
    limit: float | None,
) -> Callable[[Diary], Bed]:
    """What makes the bed of a night that begins now; its time is `limit` minutes, or as planned."""
    started = time.monotonic()

    def make(diary: Diary) -> Bed:
        planned = settings.sleep.nap_minutes if diary.nap else settings.sleep.minutes
        deadline = started + 60 * (limit or planned)
        watched = Watched(journal, diary.night, deadline)

        def progress(stage: str, done: int, of: int) -> None:
            narrator.progress(stage, done, of)
            watched.progress(stage, done, of)

        return Bed(
            paths=paths,
            settings=gentler(settings) if diary.is_retry else settings,
            journal=journal,
            generations=Generations(paths, journal),
            diary=diary,
            deadline=deadline,
            progress=progress,
            watched=watched,
        )

    return make


def _nights(
    diary: Diary, make: Callable[[Diary], Bed], narrator: Narrator, reason: Reason
) -> dict[str, Any]:
    """The night, and a gentler second one when the exam refuses it and there is time."""
    bed = make(diary)
    found = _sleep(bed, narrator, reason)
    second = again(bed) if found["status"] == "refused" else None
    if second is None:
        return found
    _narrate(f"Refused: {found['reason']}. Trying once more, gently.")
    first = {name: found[name] for name in ("status", "night", "reason")}
    return _sleep(make(second.diary), narrator, reason) | {"first_try": first}


def _sleep(bed: Bed, narrator: Narrator, reason: Reason) -> dict[str, Any]:
    """The night and its report; an error or Ctrl-C closes the night with its reason first."""
    started = time.monotonic()
    diary = bed.diary
    meter = energy.Meter(energy.POWERCAP)

    def look() -> str | None:
        meter.read()
        return reason()

    watch = Watch(look, lambda why: _close(bed.paths, diary.night, why))
    try:
        with _plain_errors(bed.paths), watch:
            woken = diary.result("wake", Woken) or night_.run(bed)
    except BaseException as error:
        stopped = isinstance(error, KeyboardInterrupt | OutOfTime)
        why = watch.reason if stopped and watch.reason else str(error)
        status, silent = "failed", type(error).__name__
        if stopped:
            status, silent = "interrupted", "it was stopped"
        diary.end(status, why or silent, None, None)
        if stopped and why:
            return {"status": status, "night": diary.night, "reason": why}
        raise
    finally:
        narrator.close()
        bed.watched.close()
    minutes = (time.monotonic() - started) / 60
    found = report(diary, woken, minutes) | {"energy_wh": meter.watt_hours()}
    grown = diary.result("grow", Grown)
    generation = grown.generation if grown and woken.status == "learned" else None
    diary.end(woken.status, woken.reason, generation, found)
    clear(bed.paths, bed.journal)
    serving = bed.generations.current_id()
    return {"status": woken.status, "night": diary.night, "generation": serving} | found


def _close(paths: Paths, night: int, reason: str) -> None:
    """Write down why a night ends whose own thread cannot do it any more."""
    with suppress(ReverieError), Journal.open(paths.journal, busy_seconds=0.3) as journal:
        Diary(journal, night, lambda _stage, _text: None).end("interrupted", reason, None, None)


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


def _say(found: dict[str, Any], as_json: bool) -> int:
    if as_json:
        print(msgspec.json.encode(found).decode())
    elif found["status"] == "skipped":
        print(f"Skipped: {found['reason']}.", file=sys.stderr)
    elif found["status"] == "interrupted":
        print(f"Stopped: {found['reason']}.", file=sys.stderr)
        print("'reverie sleep --resume' goes on with this night.", file=sys.stderr)
    else:
        print(printable("\n".join(in_words(found))))
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
        print(printable("\n".join(fact.text for fact in reading.facts)))
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


def rebuild_models(number: int | None) -> int:
    """`reverie models rebuild`: one generation's model file, or whatever is damaged."""
    paths = Paths.resolve().make()
    with Journal.open(paths.journal) as journal, only_night(paths.night_lock):
        generations = Generations(paths, journal)
        if number is not None:
            mend.rebuild(generations, journal, number)
            _narrate(f"Generation {number} is whole.")
            return ExitCode.DONE
        left = mend.mend(generations, journal, _narrate)
    print("\n".join(map(str, left)) or "All generations are whole.")
    return ExitCode.FAILED if left else ExitCode.DONE


def _narrate(text: str) -> None:
    print(text, file=sys.stderr)


def sit_exam(*, as_json: bool) -> int:
    """`reverie exam`: the served model's exam now, on everything it has learned."""
    paths = Paths.resolve().make()
    settings = settings_.load(paths)
    with Journal.open(paths.journal) as journal:
        verdict = exam_now(paths, settings, journal)
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
