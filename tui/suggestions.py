"""The list above the composer that shows how a slash command can go on."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.slash import Suggestion


class Suggestions(OptionList):
    """Shown while there is something to suggest; the keys come from the composer."""

    DEFAULT_CSS = """
    Suggestions {
        display: none;
        height: auto;
        max-height: 8;
        border: none;
        border-left: outer $accent;
        background: $surface;
        margin: 0 1;
        padding: 0 1;
        &.shown { display: block; }
    }
    """
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self.suggested: list[Suggestion] = []

    def show(self, suggested: Sequence[Suggestion]) -> None:
        """Show these; none: go away."""
        if not suggested and not self.suggested:
            return
        self.suggested = list(suggested)
        self.clear_options()
        width = max((len(each.label) for each in suggested), default=0) + 2
        for each in suggested:
            label = Content.assemble(
                (each.label.ljust(width), "bold $accent"), (each.help, "$quiet")
            )
            self.add_option(Option(label))
        self.set_class(bool(suggested), "shown")
        if suggested:
            self.highlighted = 0

    @property
    def chosen(self) -> Suggestion | None:
        """The highlighted one; None when nothing is shown."""
        if not self.suggested or self.highlighted is None:
            return None
        return self.suggested[self.highlighted]

    def move(self, step: int) -> None:
        """Highlight another one."""
        if step < 0:
            self.action_cursor_up()
        else:
            self.action_cursor_down()
