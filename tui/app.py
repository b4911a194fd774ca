"""The Textual application behind `reverie`: its screens, its keys, its pulse."""

# ruff: noqa: I001 - assistant.quiet comes before what it silences, tui.latency before Textual
from __future__ import annotations

import assistant.quiet  # noqa: F401
from tui.latency import quicken

import importlib
from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual import on, work
from textual.app import App
from textual.binding import Binding
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter, NoColor
from textual.message import Message as Event
from textual.reactive import reactive
from textual.screen import Screen

from assistant import settings
from assistant.errors import ReverieError, SettingsError
from assistant.exit_codes import ExitCode
from assistant.paths import Paths
from assistant.printable import printable
from tui.commands import Commands
from tui.help_screen import HelpScreen
from tui.pulse import Pulse
from tui.session import Session
from tui.theme import CSS, DARK, LIGHT, QUIET
from tui.top_bar import MODES

_PULSE_S: Final = 1.0

_SCREENS: Final = {
    "talk": "tui.chat_screen:ChatScreen",
    "sleep": "tui.sleep_screen:SleepScreen",
    "memories": "tui.memories_screen:MemoriesScreen",
    "nights": "tui.nights_screen:NightsScreen",
    "compare": "tui.compare_screen:CompareScreen",
}
"""Where each screen is; imported when it is first shown, so that the first paint is early."""


class Harmless(LineFilter):
    """Takes control characters out of everything that is drawn."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, without them."""
        if all(each.text.isprintable() for each in segments):
            return segments  # nearly always, and this is done for everything that is drawn
        return [Segment(printable(each.text), each.style) for each in segments]


_HARMLESS: Final = Harmless()
_NO_COLOR: Final = NoColor()
"""Always the same ones: what a filter has made of a line is kept for it."""


class ReverieApp(App[None]):
    """Talk, sleep, know; the session is closed with it."""

    TITLE = "Reverie"
    CSS = CSS
    COMMANDS = App.COMMANDS | {Commands}
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("f1", "help", "Help", show=False, priority=True),
        *(
            Binding(key, f"go('{mode}')", title, show=False, priority=True)
            for mode, (key, title) in MODES.items()
        ),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    pulse: reactive[Pulse] = reactive(Pulse())
    model_name: reactive[str] = reactive("waking up…")

    class Felt(Event):
        """The pulse was taken."""

        def __init__(self, pulse: Pulse) -> None:
            super().__init__()
            self.pulse = pulse

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self._set_theme(session.settings.tui.theme)

    def get_driver_class(self) -> type[Driver]:
        """Textual's for this machine, which is to look for a lone Esc more often."""
        quicken()
        return super().get_driver_class()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of ours for themes that do not know them."""
        return {"quiet": QUIET}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """No control characters out of what was said, and where NO_COLOR is set, no colours at all.

        Textual by itself would send the former as they are, and for the latter shades of grey.
        """
        return [_HARMLESS, *([_NO_COLOR] if self.no_color else super().get_line_filters())]

    def _set_theme(self, name: str) -> None:
        if name not in self.available_themes:
            raise SettingsError(
                f"tui.theme is '{name}', which is no theme",
                f"There are: {', '.join(self.available_themes)}.",
            )
        self.theme = name

    async def on_mount(self) -> None:
        """The chat screen is the first thing to see."""
        for mode in MODES:
            self.add_mode(mode, lambda mode=mode: self._screen(mode))  # type: ignore[misc]
        await self.switch_mode("talk")
        self.set_interval(_PULSE_S, self.feel)
        self.theme_changed_signal.subscribe(self, self._keep_theme)

    def _screen(self, mode: str) -> Screen[None]:
        module, _, name = _SCREENS[mode].partition(":")
        screen: Screen[None] = getattr(importlib.import_module(module), name)(self.session)
        return screen

    # -- pulse

    @work(thread=True, group="pulse", exclusive=True)
    def feel(self) -> None:
        """Look whether a night is running or due."""
        try:
            self.post_message(self.Felt(self.session.pulse()))
        except ReverieError:
            return  # the screen that needs the journal says what is wrong with it

    @on(Felt)
    def felt(self, felt: Felt) -> None:
        """Every screen follows."""
        self.pulse = felt.pulse

    # -- keys

    async def action_go(self, mode: str) -> None:
        """Show another screen, unless a question waits for its answer."""
        if mode != self.current_mode and not self.screen.is_modal:
            await self.switch_mode(mode)

    def action_help(self) -> None:
        """Every key."""
        if not self.screen.is_modal:
            self.push_screen(HelpScreen())

    async def action_talk(self, action: str) -> None:
        """Do something on the chat screen, from the command palette."""
        await self.action_go("talk")
        await self.screen.run_action(action.removeprefix("action_"))

    async def action_night(self, action: str) -> None:
        """Do something on the sleep screen, from the command palette."""
        await self.action_go("sleep")
        await self.screen.run_action(action)

    def action_light_or_dark(self) -> None:
        """From the night to the morning, or back."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name

    def _keep_theme(self, _theme: object) -> None:
        self._store_theme(self.theme)

    @work(thread=True, group="settings")
    def _store_theme(self, name: str) -> None:
        settings.store(self.session.paths, "tui.theme", name)

    async def action_quit(self) -> None:
        """Stop a running reply, which is kept as far as it got, and leave."""
        self.session.stop()
        self.exit()


def run(paths: Paths | None = None) -> int:
    """Show the screens until the user quits; the exit code."""
    session = Session(paths or Paths.resolve().make())
    app = ReverieApp(session)
    app.run()
    session.close()
    return ExitCode.DONE
