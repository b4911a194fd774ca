"""Everything it learned: filter it, see where it comes from, approve, correct, forget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Input, Static

from assistant.errors import ReverieError
from assistant.forgetting import Forgotten, forget
from assistant.journal import memories as ledger
from assistant.journal.memories import Memory
from assistant.journal.memory_details import Details, details
from assistant.memory_states import STATES
from tui.chat_actions import ChatActions
from tui.dialogs import AskLine, Choose, Confirm
from tui.memory_detail import STATE_MARKS, detail
from tui.mode_screen import ModeScreen
from tui.subjects import Subject, subjects

_COUNTS: Final = ("proposed", "waiting", "learned", "shaky", "refused")
_FILTERS: Final = ("what counts", *STATES, "everything")


class MemoriesScreen(ModeScreen):
    """The list on the left or top, one memory in full on the right or below."""

    MODE = "memories"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("t", "next_state", "State"),
        Binding("n", "next_night", "Night"),
        Binding("p", "subject", "Person"),
        Binding("a", "approve", "Approve"),
        Binding("r", "reject", "Reject"),
        Binding("c", "correct", "Correct"),
        Binding("f", "forget", "Forget"),
        Binding("o", "open", "Open"),
        Binding("escape", "to_list", "List", show=False),
    ]
    DEFAULT_CSS = """
    MemoriesScreen {
        #filters { height: 1; padding: 0 2; color: $text-muted; margin-top: 1; }
        Input { margin: 0 1; display: none; }
        Input.shown { display: block; }
        #error { height: auto; padding: 0 2; color: $text-error; display: none; }
        #both { height: 1fr; padding: 1 1 0 1; }
        DataTable { width: 1fr; height: 1fr; background: $background; scrollbar-size-vertical: 1; }
        #detail {
            width: 1fr;
            height: 1fr;
            border-left: vkey $border;
            padding: 0 1 0 2;
            scrollbar-size-vertical: 1;
        }
        #detail Static { height: auto; }
    }
    MemoriesScreen.-narrow #both { layout: vertical; }
    MemoriesScreen.-narrow #detail { border-left: none; border-top: hkey $border; }
    """

    _state = 0
    _night: int | None = None
    _subject: Subject | None = None
    _words = ""
    _all: list[Memory] = []  # noqa: RUF012  # replaced, never changed
    shown: Details | None = None

    def body(self) -> ComposeResult:
        """Filters, list, detail."""
        yield Static(id="filters", markup=False)
        yield Input(placeholder="words of the memory, its subject or its source")
        yield Static(id="error", markup=False)
        with Horizontal(id="both"):
            yield DataTable(cursor_type="row", show_header=False)
            with VerticalScroll(id="detail"):
                yield Static(markup=False)

    def on_mount(self) -> None:
        """Read the ledger."""
        super().on_mount()
        table = self.query_one(DataTable)
        table.add_column("state", width=12)
        table.add_column("memory")
        table.focus()

    def on_screen_resume(self) -> None:
        """Things may have changed while another screen was shown."""
        self.read()

    def read(self) -> None:
        """Read the ledger anew."""
        self.background(lambda: ledger.memories(self.session.journal), self._list)

    def complain(self, error: ReverieError) -> object:
        """Above the list."""
        self._say_error(str(error))
        return None

    def _say_error(self, text: str) -> None:
        line = self.query_one("#error", Static)
        line.update(text)
        line.display = bool(text)

    # -- the list

    def _list(self, found: list[Memory]) -> None:
        self._all = found
        table = self.query_one(DataTable)
        chosen = self.chosen
        table.clear()
        rows = [memory for memory in reversed(found) if self._fits(memory)]
        for memory in rows:
            mark, colour = STATE_MARKS[memory.state]
            state = Content.styled(f"{mark} {memory.state}", colour)
            table.add_row(state, memory.text or "(forgotten)", key=str(memory.id))
        ids = [memory.id for memory in rows]
        if chosen in ids:
            table.move_cursor(row=ids.index(chosen))
        self._say_filters(len(rows))
        self._show_row()

    def _fits(self, memory: Memory) -> bool:
        wanted = _FILTERS[self._state]
        allowed = {"what counts": _COUNTS, "everything": STATES}.get(wanted, (wanted,))
        if memory.state not in allowed or (self._night is not None and memory.night != self._night):
            return False
        if self._subject is not None and not self._subject.concerns(memory):
            return False
        text = " ".join((memory.text, memory.subject, memory.source, memory.answer)).lower()
        return all(word in text for word in self._words.lower().split())

    def _say_filters(self, count: int) -> None:
        night = "any night" if self._night is None else f"night {self._night}"
        words = f"“{self._words}”" if self._words else "no words"
        about = "everybody" if self._subject is None else f"about {self._subject.label}"
        state = _FILTERS[self._state]
        filters = (f"{state} (t)", f"{night} (n)", f"{about} (p)", f"{words} (/)")
        text = " · ".join([f"{count} of {len(self._all)}", *filters])
        self.query_one("#filters", Static).update(text)

    @property
    def chosen(self) -> int | None:
        """The memory under the cursor."""
        table = self.query_one(DataTable)
        if not table.row_count:
            return None
        return int(table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value or 0)

    @on(DataTable.RowHighlighted)
    def _show_row(self) -> None:
        chosen = self.chosen
        if chosen is None:
            self.shown = None
            empty = "Nothing here. What you tell is noted when a night has read it."
            self.query_one("#detail Static", Static).update(
                empty if not self._all else "No memory fits these filters."
            )
        else:
            self.background(lambda: details(self.session.journal, chosen), self._show_detail)

    def _show_detail(self, found: Details) -> None:
        if found.memory.id == self.chosen:
            self.shown = found
            self.query_one("#detail Static", Static).update(detail(found))
            self.query_one("#detail").scroll_home(animate=False)

    # -- filters

    def action_filter(self) -> None:
        """Words."""
        line = self.query_one(Input)
        line.add_class("shown")
        line.focus()

    @on(Input.Changed)
    def words(self, event: Input.Changed) -> None:
        """While they are typed."""
        self._words = event.value
        self._list(self._all)

    @on(Input.Submitted)
    def action_to_list(self) -> None:
        """Back to the list; without words the line goes away."""
        line = self.query_one(Input)
        line.set_class(bool(line.value), "shown")
        self.query_one(DataTable).focus()

    def action_next_state(self) -> None:
        """The next state."""
        self._state = (self._state + 1) % len(_FILTERS)
        self._list(self._all)

    def action_next_night(self) -> None:
        """The next night that taught something."""
        nights = sorted({memory.night for memory in self._all if memory.night is not None})
        choices = [None, *nights]
        self._night = choices[(choices.index(self._night) + 1) % len(choices)]
        self._list(self._all)

    def action_subject(self) -> None:
        """Choose whom or what they are to be about."""
        found = {subject.key: subject for subject in subjects(self._all)}

        def take(key: str | None) -> None:
            if key is not None:
                self._subject = found.get(key)
                self._list(self._all)

        choices = [("", "everybody and everything")]
        choices += [(key, f"{each.label}  {each.count}") for key, each in found.items()]
        here = self._subject.key if self._subject is not None else ""
        self.app.push_screen(Choose("About whom or what", choices, here), take)

    # -- decisions

    def _change(self, work: Callable[[], object], said: str) -> None:
        self._say_error("")

        def done(_: object) -> None:
            self.notify(said, timeout=4)
            self.read()

        self.background(work, done)

    def action_approve(self) -> None:
        """Let the next night learn it."""
        chosen = self.chosen
        if chosen is not None:
            self._change(
                lambda: ledger.approve(self.session.journal, chosen), "It waits for the next night."
            )

    def action_reject(self) -> None:
        """Keep it from being learned."""
        chosen = self.chosen
        if chosen is not None:
            self._change(
                lambda: ledger.reject(self.session.journal, chosen), "It will not be learned."
            )

    def action_correct(self) -> None:
        """Put another sentence in its place."""
        found = self.shown
        if found is None:
            return

        def correct(text: str | None) -> None:
            if text is not None:
                said = "The prompt says the new one from now on; the next night learns it."
                work = lambda: ledger.correct(self.session.journal, found.memory.id, text)  # noqa: E731
                self._change(work, said)

        about = f"In place of “{found.memory.text}”, say it as you would tell it:"
        self.app.push_screen(AskLine("Correct", about), correct)

    def action_forget(self) -> None:
        """Forget it, and every model that knows it, after asking."""
        found = self.shown
        if found is None:
            return

        def work() -> Forgotten:
            return forget(self.session.journal, self.session.generations, found.memory.id)

        def done(gone: Forgotten) -> None:
            parts = ["It is gone from the journal."]
            if gone.serving != gone.was_serving:
                parts.append(f"Generation {gone.serving}, which never knew it, is served now.")
            if gone.still_said:
                parts.append(f"{len(gone.still_said)} other messages say it, too.")
            self.notify(" ".join(parts), timeout=8)
            self.read()

        def decide(yes: bool | None) -> None:
            if yes:
                self._say_error("")
                self.background(work, done)

        question = (
            f"“{found.memory.text}”: its message, its questions and every mention go, and models "
            "that know it are not served any more. Forget it for good?"
        )
        self.app.push_screen(Confirm("Forget", question), decide)

    async def action_open(self) -> None:
        """The conversation it came from, at that message."""
        message = self.shown.message if self.shown is not None else None
        if message is None:
            self.notify("It was added by hand, or its message is gone.", timeout=4)
            return
        await self.run_action("app.go('talk')")
        chat = self.app.screen
        if isinstance(chat, ChatActions):
            chat.open_conversation(message.conversation_id, message.id)
