"""Tables and plots of a benchmark, written where the documentation keeps its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sleep.bench.runs import Night
from sleep.bench.scoring import interval, mean
from sleep.bench.sitting import Marked

_WEEK: Final = 7
_COLUMNS: Final = (
    "arm", "nights", "exact", "F1", "within", "oldest", "newest", "kept", "perplexity",
    "invented", "s a night", "processor s", "parameters",
)  # fmt: skip


def write(name: str, nights: Sequence[Night], folder: Path, head: Sequence[str]) -> Path:
    """`<name>.md` with a row per arm, and a plot beside it where matplotlib is installed.

    head: lines that say with which command, on which machine and model it was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# {name}", "", *(f"- {line}" for line in head), "", *table(nights)]
    if find_spec("matplotlib"):
        from sleep.bench.plots import plot

        plot(nights, folder / f"{name}.png")
        lines += ["", f"![Scores by night]({name}.png)"]
    path = folder / f"{name}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def table(nights: Sequence[Night]) -> list[str]:
    """A Markdown table: one row per arm, scores in per cent with 95 % bootstrap intervals.

    Scores are of the last exam, which asks about every night so far (for fresh models: of all their
    exams). "oldest" and "newest" are answers within the first and the last seven nights; "kept" is
    the first night's score as a share of its best.
    """
    rows = [f"| {' | '.join(_COLUMNS)} |", f"|{'---|' * len(_COLUMNS)}"]
    base = _perplexity(nights)
    for arm in dict.fromkeys(night.arm for night in nights):
        rows.append(f"| {' | '.join(_row(arm, [n for n in nights if n.arm == arm], base))} |")
    return rows


def _row(arm: str, mine: Sequence[Night], base: float) -> Iterator[str]:
    examined = [night for night in mine if night.sitting is not None]
    last = examined[-1].sitting if examined else None
    yield arm
    yield str(len(mine))
    if last is None:
        yield from ["-"] * (len(_COLUMNS) - 2)
        return
    fresh = len(examined) > 1 and all(len(n.sitting.days) == 1 for n in examined if n.sitting)
    days = [d for n in examined if n.sitting for d in n.sitting.days] if fresh else last.days
    for kind in ("exact", "f1", "within"):
        yield _share([x for day in days for x in getattr(day, kind)])
    yield _share(_within(days[:_WEEK]))
    yield _share(_within(days[-_WEEK:]))
    yield "-" if fresh else f"{100 * _kept(examined):.0f}"
    yield f"{last.perplexity / base:.3f}" if base else f"{last.perplexity:.2f}"
    yield _share(last.invented)
    yield f"{mean([night.seconds for night in mine]):.0f}"
    yield f"{mean([night.processor_s for night in mine]):.0f}"
    yield f"{mine[-1].parameters:,}"


def _within(days: Sequence[Marked]) -> list[float]:
    return [x for day in days for x in day.within]


def _share(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{100 * mean(values):.0f} ({100 * low:.0f}-{100 * high:.0f})"


def _kept(examined: Sequence[Night]) -> float:
    """The first night's score in the last exam, as a share of the best it ever was."""
    first = [mean(night.sitting.days[0].within) for night in examined if night.sitting]
    return first[-1] / max(first) if max(first) else 0.0


def _perplexity(nights: Sequence[Night]) -> float:
    """Of the untouched model, where it is among the arms."""
    found = [n.sitting.perplexity for n in nights if n.arm == "untouched" and n.sitting]
    return found[0] if found else 0.0
