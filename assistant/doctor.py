"""Checks of this machine and this installation: what is well, what is not, and what to do."""

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from assistant.errors import ReverieError
from assistant.paths import Paths

Verdict = Literal["ok", "warn", "fail"]

OLDEST_PYTHON = (3, 11)
FREE_TO_CHAT = 200_000_000
"""Bytes of disk without which the journal is at risk."""
FREE_TO_SLEEP = 3_000_000_000
"""Bytes of disk that a night may need: full-precision weights and the new file."""
MEMORY_TO_CHAT = 1_000_000_000
MEMORY_TO_SLEEP = 4_000_000_000
"""Bytes of memory that a night with the starter model may take."""


@dataclass(frozen=True)
class Check:
    """The outcome of one check; `advice` says what to do when it is not ok."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(paths: Paths) -> Iterator[Check]:
    """Run every check, one after the other, so that results can be shown as they come."""
    from assistant.abilities import ABILITIES

    checks: tuple[Callable[[Paths], Check], ...] = (
        *(_python, _disk, _memory, _settings, _base_model, _served_model),
        *(_generations, _journal, _permissions, _llama_cpp, _torch, _gpu, *ABILITIES),
    )
    for check in checks:
        try:
            yield check(paths)
        except ReverieError as error:
            yield Check(check.__name__.strip("_"), "fail", error.message, error.hint)


def _python(_: Paths) -> Check:
    found = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "fail", found, "Python 3.11 or newer is needed.")
    return Check("python", "ok", found)


def _disk(paths: Paths) -> Check:
    import psutil

    free = psutil.disk_usage(str(_existing(paths.data_dir))).free
    found = f"{_gigabytes(free)} free for {paths.data_dir}"
    if free < FREE_TO_CHAT:
        return Check("disk", "fail", found, "Make room: conversations could not be stored.")
    if free < FREE_TO_SLEEP:
        return Check("disk", "warn", found, "Make room: a night may need 3 GB or more.")
    return Check("disk", "ok", found)


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _memory(_: Paths) -> Check:
    import psutil

    free = psutil.virtual_memory().available
    found = f"{_gigabytes(free)} available"
    if free < MEMORY_TO_CHAT:
        return Check("memory", "fail", found, "Close other programs, or use a smaller model.")
    if free < MEMORY_TO_SLEEP:
        return Check("memory", "warn", found, "A night with the starter model may take 4 GB.")
    return Check("memory", "ok", found)


def _settings(paths: Paths) -> Check:
    from assistant import settings

    settings.load(paths)
    there = "defaults" if not paths.settings_file.exists() else str(paths.settings_file)
    return Check("settings", "ok", there)


def _base_model(paths: Paths) -> Check:
    from assistant import base, settings
    from assistant.model_file import inspect

    info = inspect(base.locate(settings.load(paths)))
    found = f"{info.name or info.path.name}, {info.arch}, {info.quant}, {info.path}"
    if info.chat_only:
        return Check("base_model", "warn", found, f"Chat only: {info.chat_only}.")
    return Check("base_model", "ok", found)


def _served_model(paths: Paths) -> Check:
    from assistant.generations import BASE, Generations
    from assistant.journal import Journal

    if not paths.journal.exists():
        return Check("served_model", "ok", "the base model")
    with Journal.open(paths.journal) as journal:
        generations = Generations(paths, journal)
        current = generations.current()
        if not generations.is_intact(current.id):
            return Check(
                "served_model",
                "fail",
                f"{current.gguf} is not the file that the night wrote",
                "'reverie models rollback' serves the one before.",
            )
    name = "the base model" if current.id == BASE else f"generation {current.id}, hash right"
    return Check("served_model", "ok", name)


def _generations(paths: Paths) -> Check:
    from assistant.generations import Generations
    from assistant.integrity import damages
    from assistant.journal import Journal

    if not paths.journal.exists():
        return Check("generations", "ok", "none yet")
    with Journal.open(paths.journal) as journal:
        found = damages(Generations(paths, journal), journal)
    if found:
        advice = "'reverie models rebuild' mends what can be mended, and says what cannot."
        return Check("generations", "fail", f"{len(found)} damaged: {found[0]}", advice)
    return Check("generations", "ok", "every file is as it was written")


def _journal(paths: Paths) -> Check:
    from assistant.journal.checks import verify

    if not paths.journal.exists():
        return Check("journal", "ok", "none yet")
    problems = verify(paths.journal)
    if problems:
        return Check("journal", "fail", problems[0], "See 'reverie journal verify'.")
    return Check("journal", "ok", f"whole, {_gigabytes(paths.journal.stat().st_size)}")


def _permissions(paths: Paths) -> Check:
    folders = (paths.config_dir, paths.data_dir, paths.state_dir, paths.cache_dir)
    below = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    loose = [path for path in below if path.exists() and path.stat().st_mode & 0o077]
    if loose:
        return Check(
            "permissions",
            "warn",
            f"{len(loose)} files or folders can be reached by other users, such as {loose[0]}",
            f"chmod -R go= {loose[0]}",
        )
    return Check("permissions", "ok", "nothing can be reached by other users")


def _llama_cpp(_: Paths) -> Check:
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        advice = "Install it again: pip install --force-reinstall llama-cpp-python"
        return Check("llama_cpp", "fail", f"cannot be loaded: {error}", advice)
    return Check("llama_cpp", "ok", str(llama_cpp.__version__))


def _torch(_: Paths) -> Check:
    # Only looked for: loading it takes seconds, and waking life never does.
    if find_spec("torch") is None:
        return Check("torch", "fail", "not installed", "Nights need it: pip install torch")
    return Check("torch", "ok", "installed")


def _gpu(_: Paths) -> Check:
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Check("gpu", "ok", "Apple silicon")
    for marker, name in (("/proc/driver/nvidia/version", "NVIDIA"), ("/dev/kfd", "AMD")):
        if Path(marker).exists():
            return Check("gpu", "ok", name)
    return Check("gpu", "ok", "none seen; the CPU is used")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.2f} GB"
