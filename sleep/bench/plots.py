"""Plots of a benchmark: scores, perplexity and cost by night, scores by age; a line per arm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from sleep.bench.runs import Night
from sleep.bench.scoring import mean

mpl.use("Agg")


def plot(nights: Sequence[Night], path: Path) -> None:
    """Write a PNG of four panels; the last is the last exam, by the night that was asked about."""
    figure = Figure(figsize=(15, 3.6), layout="constrained")
    axes = figure.subplots(1, 4)
    for arm in dict.fromkeys(night.arm for night in nights):
        mine = [night for night in nights if night.arm == arm]
        examined = [(n.night, n.sitting) for n in mine if n.sitting]
        at = [number for number, _ in examined]
        scores = [100 * mean([x for day in s.days for x in day.within]) for _, s in examined]
        axes[0].plot(at, scores, marker=".", label=arm)
        axes[1].plot(at, [s.perplexity for _, s in examined], marker=".")
        axes[2].plot([n.night for n in mine], [n.processor_s for n in mine], marker=".")
        last = examined[-1][1].days if examined else []
        kept = [(at, 100 * mean(day.within)) for at, day in enumerate(last, 1) if day.within]
        axes[3].plot([at for at, _ in kept], [score for _, score in kept], marker=".")
    titles = ("answers within, %", "perplexity", "processor seconds", "within by night learned, %")
    for axis, title in zip(axes, titles, strict=True):
        axis.set_xlabel("night")
        axis.set_title(title)
    figure.legend(loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=120)
