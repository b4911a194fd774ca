"""The command palette: everything that can be done, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.top_bar import MODES

if TYPE_CHECKING:
    from tui.app import ReverieApp


class Commands(Provider):
    """Screens, conversations and nights."""

    async def discover(self) -> Hits:
        """What is shown before anything is typed."""
        for name, action, about in self._commands():
            yield DiscoveryHit(name, self._runner(action), help=about)

    async def search(self, query: str) -> Hits:
        """What fits the words."""
        matcher = self.matcher(query)
        for name, action, about in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), self._runner(action), help=about)

    def _commands(self) -> list[tuple[str, str, str]]:
        places = [
            (f"Go to {title}", f"app.go('{mode}')", f"Key {key.upper()}")
            for mode, (key, title) in MODES.items()
        ]
        return [
            *places,
            ("New conversation", "app.talk('action_new')", "Ctrl+N"),
            ("Search everything that was said", "app.talk('action_search')", "Ctrl+F"),
            ("Conversations beside the chat", "app.talk('action_sidebar')", "Ctrl+B"),
            ("Off the record", "app.talk('action_off_record')", "Ctrl+O"),
            ("System text and persona", "app.talk('action_system')", "/system"),
            ("Start a night now", "app.night('start')", "On the Sleep screen: s"),
            ("Stop the night", "app.night('stop')", "On the Sleep screen: x"),
            ("Light or dark", "app.light_or_dark", "Between the two themes of the house"),
            ("Every key", "app.help", "F1"),
        ]

    def _runner(self, action: str):  # type: ignore[no-untyped-def]  # Textual's own callback type
        app = cast("ReverieApp", self.app)

        async def run() -> None:
            await app.run_action(action.removeprefix("app."))

        return run
