"""The nights and their morning reports; the generations they made, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from assistant.errors import ReverieError
from assistant.generations import BASE, Generation
from assistant.journal.mornings import Answered, Dreamt, answers, dreams, manifests
from assistant.journal.nights import Night, nights
from assistant.plural import counted
from tui import when
from tui.dialogs import Confirm
from tui.mode_screen import ModeScreen
from tui.night_report import report

_MARKS: Final = {
    "learned": ("✓", "$success"),
    "refused": ("✗", "$error"),
    "failed": ("✗", "$error"),
    "running": ("☾", "$secondary"),
}
_GENERATION_MARKS: Final = {"current": "●", "kept": "○", "refused": "✗", "pruned": "·"}


@dataclass(frozen=True)
class _Books:
    """Everything that the lists show."""

    nights: list[Night]
    generations: list[Generation]


@dataclass(frozen=True)
class _Page:
    """What one report is made of."""

    night: Night
    answers: list[Answered]
    dreams: list[Dreamt]
    manifest: dict[str, Any]


class NightsScreen(ModeScreen):
    """Lists on the left, the report on the right."""

    MODE = "nights"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("enter", "to_report", "Report", show=False),
        Binding("g", "to_generations", "Generations"),
        Binding("u", "use", "Serve this one"),
        Binding("escape", "to_nights", "Nights"),
    ]
    DEFAULT_CSS = """
    NightsScreen {
        #both { height: 1fr; padding: 1 1 0 1; }
        #lists { width: 34; height: 1fr; }
        OptionList {
            height: 1fr;
            border: round $border;
            background: $background;
            padding: 0 1;
            scrollbar-size-vertical: 1;
            &:focus { border: round $primary; }
        }
        #error { height: auto; padding: 0 2; color: $text-error; display: none; }
        #report { width: 1fr; height: 1fr; padding: 0 1 0 2; scrollbar-size-vertical: 1; }
        #report Static { height: auto; }
    }
    NightsScreen.-narrow #lists { width: 26; }
    """
    _books: _Books | None = None
    _page: _Page | None = None

    def body(self) -> ComposeResult:
        """Lists and report."""
        yield Static(id="error", markup=False)
        with Horizontal(id="both"):
            with Vertical(id="lists"):
                yield OptionList(id="nights")
                yield OptionList(id="generations")
            with VerticalScroll(id="report"):
                yield Static(markup=False)

    def on_mount(self) -> None:
        """Titles."""
        super().on_mount()
        self.query_one("#nights").border_title = "Nights"
        self.query_one("#generations").border_title = "Generations"
        self.query_one("#nights").focus()

    def on_screen_resume(self) -> None:
        """A night may have ended meanwhile."""
        self.read()

    def read(self) -> None:
        """Read everything anew."""

        def work() -> _Books:
            return _Books(nights(self.session.journal), self.session.generations.list())

        self.background(work, self.show)

    def complain(self, error: ReverieError) -> object:
        """Above the lists."""
        line = self.query_one("#error", Static)
        line.update(str(error))
        line.display = True
        return None

    def show(self, books: _Books) -> None:
        """Fill the lists; the newest night's report is shown."""
        self._books = books
        self._fill("#nights", [Option(_night_label(n), id=str(n.id)) for n in books.nights])
        newest_first = reversed(books.generations)
        self._fill("#generations", [Option(_label(g), id=str(g.id)) for g in newest_first])
        if not books.nights:
            self.query_one("#report Static", Static).update(
                "There was no night yet. Talk a while, then start one on the Sleep screen (F3): "
                "this is where its morning report will be."
            )

    def _fill(self, css: str, options: list[Option]) -> None:
        chosen = self.query_one(css, OptionList)
        place = chosen.highlighted or 0
        chosen.clear_options()
        chosen.add_options(options)
        if options:
            chosen.highlighted = min(place, len(options) - 1)

    # -- the report

    @on(OptionList.OptionHighlighted, "#nights")
    def choose(self, event: OptionList.OptionHighlighted) -> None:
        """Its report."""
        if self._books is None:
            return
        number = int(event.option_id or 0)
        night = next((each for each in self._books.nights if each.id == number), None)
        if night is not None:
            self.background(lambda: self._read_page(night), self._show_page)

    def _read_page(self, night: Night) -> _Page:
        journal = self.session.journal
        manifest = manifests(journal).get(night.generation or BASE, {})
        return _Page(night, answers(journal, night.id), dreams(journal, night.id), manifest)

    def _show_page(self, page: _Page) -> None:
        self._page = page
        box = self.query_one("#report", VerticalScroll)
        width = max(40, box.size.width - 4)
        limits = self.session.settings.exam
        content = report(page.night, page.answers, page.dreams, page.manifest, limits, width)
        box.query_one(Static).update(content)
        box.scroll_home(animate=False)

    def on_resize(self) -> None:
        """The columns have another width."""
        if self._page is not None:
            self.call_after_refresh(self._show_page, self._page)

    @on(OptionList.OptionSelected, "#nights")
    def action_to_report(self) -> None:
        """Scroll the report with the keys."""
        self.query_one("#report").focus()

    def action_to_nights(self) -> None:
        """Back to the list."""
        self.query_one("#nights").focus()

    def action_to_generations(self) -> None:
        """Choose among the models."""
        self.query_one("#generations").focus()

    # -- the way back

    @on(OptionList.OptionSelected, "#generations")
    def action_use(self) -> None:
        """Serve the highlighted generation from the next message on, after asking."""
        options = self.query_one("#generations", OptionList)
        if options.highlighted is None or self._books is None:
            return
        number = int(options.get_option_at_index(options.highlighted).id or 0)
        chosen = next(each for each in self._books.generations if each.id == number)
        if not chosen.usable or chosen.status == "current":
            self.notify(f"Generation {number} {_why_not(chosen)}.", timeout=4)
            return

        def done(waiting: object) -> None:
            self.query_one("#error").display = False
            count = len(waiting) if isinstance(waiting, list) else 0
            self.notify(
                f"Generation {number} answers from the next message on. Back in the prompt: "
                f"{counted(count, 'memory', 'memories')} that it does not know.",
                timeout=8,
            )
            self.read()

        def decide(yes: bool | None) -> None:
            if yes:
                self.background(lambda: list(self.session.generations.switch(number)), done)

        question = (
            "What later nights learned goes back into the prompt, and no file is deleted: you can "
            "come back to any other generation the same way."
        )
        self.app.push_screen(Confirm(f"Serve generation {number}", question), decide)


def _night_label(night: Night) -> Content:
    outcome = "running" if night.running else night.outcome
    mark, colour = _MARKS.get(outcome, ("·", "$warning"))
    learned = len((night.report or {}).get("learned", []))
    count = f" {learned}" if outcome == "learned" else ""
    return Content.assemble(
        (f"{mark} ", colour),
        f"{night.id}  {outcome}{count}",
        "\n  ",
        (when.moment(night.started), "$quiet"),
    )


def _label(generation: Generation) -> Content:
    status = "knows what was forgotten" if generation.holds_forgotten else generation.status
    mark = _GENERATION_MARKS.get(generation.status, "○")
    colour = "$success" if generation.status == "current" else "$quiet"
    name = "base model" if generation.id == BASE else f"generation {generation.id}"
    served = "served" if status == "current" else status
    born = f" · {when.moment(generation.created)}" if generation.created else ""
    return Content.assemble((f"{mark} ", colour), name, "\n│ ", (f"{served}{born}", "$quiet"))


def _why_not(generation: Generation) -> str:
    if generation.status == "current":
        return "is being served"
    if generation.holds_forgotten:
        return "knows something you had it forget"
    return {"refused": "failed its exam", "pruned": "was deleted to save room"}.get(
        generation.status, "has no file any more"
    )
