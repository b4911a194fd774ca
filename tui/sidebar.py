"""The conversations beside the chat."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from assistant.journal.shelf import Listed
from tui import when


class Sidebar(OptionList):
    """Titles, the conversation talked in last on top."""

    DEFAULT_CSS = """
    Sidebar {
        display: none;
        width: 30;
        height: 1fr;
        border: none;
        border-right: vkey $border;
        background: $background;
        padding: 1 1 0 1;
        scrollbar-size-vertical: 1;
        &.shown { display: block; }
    }
    """
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("r", "screen.rename", "Rename"),
        Binding("delete,d", "screen.delete", "Delete", key_display="d"),
        Binding("escape", "screen.to_composer", "Back", show=False),
    ]

    def show(self, listed: Sequence[Listed], current: int | None) -> None:
        """Show these; the open one is marked."""
        kept = self.highlighted_id
        self.clear_options()
        for each in listed:
            here = each.id == current
            title = each.title or "(off the record)"
            label = Content.assemble(
                ("▸ " if here else "  ", "$accent"),
                (title, "bold" if here else ""),
                "\n  ",
                (f"{when.moment(each.last)} · {each.messages}", "$quiet"),
            )
            self.add_option(Option(label, id=str(each.id)))
        wanted = str(kept or current)
        if any(str(each.id) == wanted for each in listed):
            self.highlighted = self.get_option_index(wanted)

    @property
    def highlighted_id(self) -> int | None:
        """The conversation under the cursor."""
        if self.highlighted is None:
            return None
        return int(self.get_option_at_index(self.highlighted).id or 0)
