"""The two themes of the house: a night and a morning."""

from typing import Final

from textual.theme import Theme

QUIET: Final = "#8a8a8a"
"""Text that steps back, in themes that do not say how."""

CSS: Final = """
Input, Input:focus { background-tint: transparent; }
DataTable, OptionList {
    background-tint: transparent;
    &:focus { background-tint: transparent; }
    & > .datatable--cursor, & > .option-list--option-highlighted {
        background: $surface;
        color: $foreground;
        text-style: none;
    }
    &.shown > .option-list--option-highlighted,
    &:focus > .datatable--cursor, &:focus > .option-list--option-highlighted {
        background: $primary 30%;
        color: $foreground;
        text-style: bold;
    }
}
_Place.here:nocolor { text-style: bold reverse; }
Entry.found:nocolor .name { text-style: reverse; }
Screen:nocolor > .screen--selection, TextArea:nocolor > .text-area--selection {
    text-style: reverse;
}
DataTable:nocolor > .datatable--cursor { text-style: underline; }
DataTable:nocolor:focus > .datatable--cursor { text-style: bold reverse; }
OptionList:nocolor > .option-list--option-highlighted { text-style: italic underline; }
OptionList:nocolor:focus > .option-list--option-highlighted,
OptionList.shown:nocolor > .option-list--option-highlighted { text-style: bold underline; }
"""
"""What is chosen is marked, but its colours can still be read; and marked without colours, too."""

DARK = Theme(
    name="reverie-dark",
    primary="#8ea6ff",
    secondary="#b9a1ff",
    accent="#ffd58a",
    foreground="#dde3f6",
    background="#0e1120",
    surface="#141930",
    panel="#1b213b",
    success="#86d9aa",
    warning="#f0b869",
    error="#f38a98",
    dark=True,
    variables={
        "footer-key-foreground": "#ffd58a",
        "block-cursor-text-style": "none",
        "border": "#3a4577",
        "quiet": "#8f97b8",
    },
)

LIGHT = Theme(
    name="reverie-light",
    primary="#3f57b5",
    secondary="#7149b8",
    accent="#8a5a00",
    foreground="#23263a",
    background="#faf7f0",
    surface="#fffdf8",
    panel="#ece7da",
    success="#22794a",
    warning="#8f5a00",
    error="#b3263c",
    dark=False,
    variables={
        "footer-key-foreground": "#8a5a00",
        "block-cursor-text-style": "none",
        "border": "#b9b09a",
        "quiet": "#6d6a76",
    },
)
