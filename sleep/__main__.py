"""The night's own process: `python -m sleep night`, `exam`, `demo` and so on.

Started by `reverie sleep`, timers and the TUI. stdout is data, stderr is narration.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import assistant.quiet  # noqa: F401 - before anything that could phone home
from assistant.errors import ReverieError
from assistant.exit_codes import ExitCode
from assistant.paths import private_umask


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    private_umask()
    signal.signal(signal.SIGTERM, _interrupt)
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        print("reverie: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except ReverieError as error:
        print(f"reverie: {error}", file=sys.stderr)
        return error.exit_code


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sleep", description=__doc__)
    commands = parser.add_subparsers(required=True)
    night = commands.add_parser("night")
    night.add_argument("--minutes", type=float)
    night.add_argument("--until")
    night.add_argument("--dry-run", action="store_true")
    night.add_argument("--resume", action="store_true")
    night.add_argument("--nap", action="store_true")
    night.add_argument("--scheduled", action="store_true")
    night.add_argument("--json", action="store_true")
    night.set_defaults(command=_night)
    exam = commands.add_parser("exam")
    exam.add_argument("--json", action="store_true")
    exam.set_defaults(command=_exam)
    rebuild = commands.add_parser("rebuild")
    rebuild.add_argument("generation", type=int, nargs="?")
    rebuild.set_defaults(command=_rebuild)
    demo = commands.add_parser("demo")
    demo.add_argument("--home")
    demo.add_argument("--day")
    demo.add_argument("--json", action="store_true")
    demo.set_defaults(command=_demo)
    bench = commands.add_parser("bench")
    bench.add_argument("name")
    bench.add_argument("--data", type=Path, required=True)
    bench.add_argument("--out", type=Path, required=True)
    bench.add_argument("--arms", required=True)
    bench.add_argument("--minutes", type=float, required=True)
    bench.add_argument("--nights", type=int, required=True)
    bench.add_argument("--passages", type=int, required=True)
    bench.add_argument("--every", type=int, required=True)
    bench.add_argument("--passes", type=float)
    bench.add_argument("--results", type=Path)
    bench.set_defaults(command=_bench)
    commands.add_parser("pace").set_defaults(command=_pace)
    needs = commands.add_parser("needs")
    needs.add_argument("model", type=Path)
    needs.set_defaults(command=_needs)
    commands.add_parser("witness").set_defaults(command=_witness)
    return parser


def _night(options: argparse.Namespace) -> int:
    if options.scheduled:
        from sleep.scheduled import sleep_by_itself

        return sleep_by_itself(as_json=options.json)
    from sleep.bedtime import Terms, go_to_bed

    terms = Terms(
        minutes=options.minutes,
        until=options.until,
        dry_run=options.dry_run,
        resume=options.resume,
        nap=options.nap,
    )
    return go_to_bed(terms, as_json=options.json)


def _exam(options: argparse.Namespace) -> int:
    from sleep.bedtime import sit_exam

    return sit_exam(as_json=options.json)


def _rebuild(options: argparse.Namespace) -> int:
    from sleep.bedtime import rebuild_models

    return rebuild_models(options.generation)


def _demo(options: argparse.Namespace) -> int:
    from sleep.demo import play

    return play(home=options.home, day=options.day, as_json=options.json)


def _bench(options: argparse.Namespace) -> int:
    from sleep.bench.command import bench

    return bench(
        options.name,
        data=options.data,
        out=options.out,
        arms=options.arms,
        minutes=options.minutes,
        nights=options.nights,
        passages=options.passages,
        every=options.every,
        passes=options.passes,
        results=options.results,
    )


def _pace(_options: argparse.Namespace) -> int:
    from sleep.pace import tell

    return tell()


def _needs(options: argparse.Namespace) -> int:
    from sleep.recipes import tell

    return tell(options.model)


def _witness(_options: argparse.Namespace) -> int:
    import msgspec

    from sleep.witness import Answer, Summons, Testimony, testify

    def say(said: Answer | Testimony) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        sys.stdout.buffer.flush()

    summons = msgspec.json.decode(sys.stdin.buffer.read(), type=Summons)
    say(testify(summons, say))
    return ExitCode.DONE


if __name__ == "__main__":
    code = main()
    if code == ExitCode.INTERRUPTED:
        # Somebody waits: taking a loaded torch down in good order takes seconds.
        from sleep.manners.watch import end_process

        sys.stdout.flush()
        sys.stderr.flush()
        end_process()
    sys.exit(code)
