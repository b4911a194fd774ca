"""The stages of a night as a list: done, at work, to come."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.widgets import Static

from assistant.journal.nights import Night
from tui import when
from tui.night_state import NightState

ORDER: Final = ("gather", "recall", "grow", "seed", "prune", "dream", "export", "exam", "wake")
_RARE: Final = "ease"  # after the exam, in a night that needs it
_BAR: Final = 8


class Stages(Static):
    """One line a stage."""

    DEFAULT_CSS = """
    Stages { width: 34; height: auto; padding: 0 1; }
    """

    def show(self, night: Night | None, state: NightState | None) -> None:
        """The stages of this night."""
        self.update(stage_lines(night, state))


def stage_lines(night: Night | None, state: NightState | None) -> Content:
    """Marks: ✓ done, ▸ at work, ✗ cut off, · to come."""
    begun = {stage.name: stage for stage in night.stages} if night else {}
    order = [*ORDER[:-1], *([_RARE] if _RARE in begun else []), ORDER[-1]]
    lines: list[Content] = []
    for name in order:
        stage = begun.get(name)
        if stage is None:
            lines.append(Content.styled(f"· {name}", "$quiet"))
        elif stage.seconds is not None:
            took = when.span(stage.seconds)
            lines.append(Content.assemble(("✓ ", "$success"), f"{name:<8} ", (took, "$quiet")))
        elif night is not None and night.running:
            done, of = state.progress.get(name, (0, 0)) if state else (0, 0)
            lines.append(
                Content.assemble(("▸ ", "bold $accent"), (f"{name:<8} ", "bold"), _bar(done, of))
            )
        else:
            lines.append(Content.assemble(("✗ ", "$error"), f"{name:<8} ", ("cut off", "$error")))
    return Content("\n").join(lines)


def _bar(done: int, of: int) -> Content:
    if not of:
        return Content.styled("…", "$quiet")
    full = round(_BAR * min(done / of, 1))
    return Content.assemble(
        ("━" * full, "$accent"), ("─" * (_BAR - full), "$quiet"), f" {done / of:.0%}"
    )
