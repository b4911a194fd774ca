"""What can be done in the chat beside talking: with messages, branches and conversations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from textual import on
from textual.events import Resize
from textual.widgets import OptionList

from assistant.errors import ReverieError, UsageError_
from assistant.journal import Hit, shelf
from assistant.journal.drafts import draft
from assistant.journal.shelf import Listed
from tui import attachment, demo
from tui.composer import Composer
from tui.dialogs import AskLine, AskSystem, Confirm
from tui.entry import Entry
from tui.mode_screen import ModeScreen
from tui.search_screen import SearchScreen
from tui.segments import code_blocks
from tui.session import Thread
from tui.sidebar import Sidebar
from tui.slash import SLASHES
from tui.status_line import StatusLine
from tui.suggestions import Suggestions
from tui.transcript import Transcript

_ROOM_FOR_SIDEBAR = 120


class ChatActions(ModeScreen):
    """Keys and slash commands of the chat screen."""

    busy = False
    """A turn is under way."""
    replied = False
    """Its reply has ended, and stands on the screen as a whole."""
    afterwards: Callable[[], Awaitable[None]] | None = None
    """What was wanted between that and the end of the turn."""
    persona_names: list[str] = []  # noqa: RUF012  # replaced, never changed

    async def answer_again(self, message: int) -> None:
        """See ChatScreen."""
        raise NotImplementedError

    def complain(self, error: ReverieError) -> object:
        """In the conversation, where it happened."""
        return self.query_one(Transcript).say(str(error), "error")

    def not_yet(self, action: Callable[[], Awaitable[None]]) -> bool:
        """Whether `action` cannot be done now.

        While a reply is written it is refused; once that has ended it waits for the turn's end.
        """
        if self.busy and self.replied:
            self.afterwards = action
            return True
        return self.refuse_while_busy()

    def refuse_while_busy(self) -> bool:
        """Whether something must wait for the reply; says so."""
        if self.busy:
            self.notify("The reply is still being written; Esc stops it.", timeout=3)
        return self.busy

    # -- typed commands

    async def run_slash(self, name: str, argument: str) -> None:
        """Do a slash command; the text stays when there is no such thing."""
        composer = self.query_one(Composer)
        if all(each.name != name for each in SLASHES):
            hint = "F1 lists them; a message may begin with a slash after a space."
            await self.query_one(Transcript).say(f"There is no command /{name}. {hint}", "error")
            return
        composer.clear()
        self.query_one(Suggestions).show([])
        match name:
            case "sleep" | "memories" | "nights" | "compare":
                await self.run_action(f"app.go('{name}')")
            case "help" | "quit":
                await self.run_action(f"app.{name}")
            case "demo":
                demo.play(self.app)
            case "search":
                self.action_search(argument)
            case "attach":
                self.attach(argument)
            case "persona":
                self.take_persona(argument)
            case "title":
                self._retitle(argument)
            case "copy" | "code":
                self.copy_last(code=name == "code")
            case "off":
                self.action_off_record()
            case _:
                actions = {"again": "regenerate"}
                await self.run_action(f"screen.{actions.get(name, name)}")

    # -- keys

    def action_stop(self) -> None:
        """End the reply where it is; otherwise leave whatever one is in, back to the input."""
        composer, suggestions = self.query_one(Composer), self.query_one(Suggestions)
        if self.busy:
            self.session.stop()
        elif suggestions.chosen is not None:
            suggestions.show([])
        elif composer.editing is not None:
            composer.done()
        elif composer.attachments:
            composer.detach()
        composer.focus()

    def action_to_composer(self) -> None:
        """Back to the input."""
        self.query_one(Composer).focus()

    async def action_new(self) -> None:
        """A new conversation, once the current reply has ended."""
        if not self.not_yet(self.action_new):
            await self.show_thread((self.session.new(), ""))

    def action_off_record(self) -> None:
        """Talk off the record, or on it again, from the next message on."""
        composer = self.query_one(Composer)
        composer.off_record = not composer.off_record
        self.query_one(StatusLine).off_record = composer.off_record

    def action_page(self, direction: int) -> None:
        """Scroll the transcript by a page; the input keeps the focus."""
        transcript = self.query_one(Transcript)
        if direction < 0:
            transcript.scroll_page_up(animate=False)
        else:
            transcript.scroll_page_down(animate=False)

    def action_to_end(self) -> None:
        """Follow the conversation again."""
        self.query_one(Transcript).follow()

    # -- one message

    def action_choose(self, step: int) -> None:
        """Walk over the messages; past the last one is the input."""
        entries = self.query_one(Transcript).entries
        focused = self.focused
        index = entries.index(focused) if isinstance(focused, Entry) else len(entries)
        index = max(0, index + step)
        if index < len(entries):
            entries[index].focus()
        else:
            self.action_to_composer()

    @property
    def chosen(self) -> Entry | None:
        """The message that has the focus, or else the last one."""
        if isinstance(self.focused, Entry):
            return self.focused
        entries = self.query_one(Transcript).entries
        return entries[-1] if entries else None

    def action_copy_message(self) -> None:
        """The message to the clipboard (by the terminal: OSC 52)."""
        if self.chosen is not None:
            self._copy(self.chosen.content, "The message")

    def action_copy_code(self) -> None:
        """Its code to the clipboard."""
        if self.chosen is not None:
            self._copy("\n\n".join(code_blocks(self.chosen.content)), "The code")

    def copy_last(self, *, code: bool) -> None:
        """The last reply, or the last block of code in one."""
        replies = [e.content for e in self.query_one(Transcript).entries if e.role == "assistant"]
        if code:
            blocks = [block for reply in replies for block in code_blocks(reply)]
            self._copy(blocks[-1] if blocks else "", "The last code block")
        else:
            self._copy(replies[-1] if replies else "", "The last reply")

    def _copy(self, text: str, what: str) -> None:
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(f"{what} is on the clipboard ({text.count(chr(10)) + 1} lines).", timeout=3)
        else:
            self.notify("There is nothing to copy here.", timeout=3)

    async def action_regenerate(self) -> None:
        """Have the chosen message, or the last one, answered once more."""
        entry = self.chosen
        if entry is None or entry.message_id is None or self.refuse_while_busy():
            return
        message, transcript = entry.message_id, self.query_one(Transcript)
        index = transcript.entries.index(entry)
        old = index if entry.role == "assistant" else index + 1
        if old < len(transcript.entries):
            await transcript.cut(transcript.entries[old])
        self.action_to_composer()
        await self.answer_again(message)

    def action_edit(self) -> None:
        """Change the chosen message of the user, or the last one."""
        if self.refuse_while_busy():
            return
        entries = self.query_one(Transcript).entries
        upto = entries.index(self.chosen) + 1 if self.chosen is not None else 0
        mine = [each for each in entries[:upto] if each.role == "user"]
        if mine and mine[-1].message_id is not None:
            self.query_one(Composer).begin_editing(mine[-1].message_id, mine[-1].content)

    async def cut_from(self, message: int) -> None:
        """Take a message and what followed it off the screen."""
        transcript = self.query_one(Transcript)
        for entry in transcript.entries:
            if entry.message_id == message:
                await transcript.cut(entry)
                return

    def action_branch(self, step: int) -> None:
        """Walk to the branch beside this one."""
        entry = self.chosen
        if entry is None or entry.message_id is None or self.refuse_while_busy():
            return
        message, index = entry.message_id, self.query_one(Transcript).entries.index(entry)

        async def show(thread: Thread | None) -> None:
            if thread is None:
                self.notify("There is no further branch here.", timeout=3)
                return
            transcript = self.query_one(Transcript)
            await transcript.show(thread)
            if index < len(transcript.entries):
                transcript.entries[index].focus()

        self.background(lambda: self.session.beside(message, step), show)

    # -- conversations

    async def show_thread(self, opened: tuple[Thread, str], at: int | None = None) -> None:
        """Another conversation, with its draft."""
        thread, text = opened
        self.query_one(StatusLine).figures = ""
        await self.query_one(Transcript).show(thread, at)
        composer = self.query_one(Composer)
        composer.done()
        composer.put(text)
        composer.focus()
        self.list_conversations()

    def open_conversation(self, conversation: int, at: int | None = None) -> None:
        """Open a stored conversation, at its end or at one of its messages."""
        if self.refuse_while_busy():
            return

        def work() -> tuple[Thread, str]:
            thread = self.session.open(conversation, at)
            return thread, draft(self.session.journal, conversation)

        self.background(work, lambda opened: self.show_thread(opened, at))

    def action_search(self, words: str = "") -> None:
        """Find a message and jump to it."""

        def jump(hit: Hit | None) -> None:
            if hit is not None:
                self.open_conversation(hit.message.conversation_id, hit.message.id)

        self.app.push_screen(SearchScreen(self.session, words), jump)

    def action_sidebar(self) -> None:
        """Show the conversations and go there; away with them when they are there."""
        sidebar = self.query_one(Sidebar)
        if sidebar.has_focus or (sidebar.has_class("shown") and self._is_wide()):
            sidebar.toggle_class("shown")
            self.action_to_composer()
        else:
            sidebar.add_class("shown")
        if sidebar.has_class("shown"):
            sidebar.focus()

    def _is_wide(self) -> bool:
        return self.size.width >= _ROOM_FOR_SIDEBAR

    def fit_sidebar(self) -> None:
        """Shown by itself where there is room for it."""
        wanted = self.session.settings.tui.sidebar and self._is_wide()
        self.query_one(Sidebar).set_class(wanted, "shown")

    @on(Resize)
    def fit(self) -> None:
        """The window has another size."""
        if self.is_mounted:
            self.fit_sidebar()

    def list_conversations(self) -> None:
        """Read the titles anew."""
        here = self.session.conversation

        def show(listed: list[Listed]) -> None:
            self.query_one(Sidebar).show(listed, here)

        self.background(lambda: shelf.shelf(self.session.journal), show)

    @on(OptionList.OptionSelected, "Sidebar")
    def choose_conversation(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        self.open_conversation(int(event.option_id or 0))

    def action_rename(self) -> None:
        """Another title for the highlighted conversation."""
        chosen = self.query_one(Sidebar).highlighted_id
        if chosen is None:
            return

        def rename(title: str | None) -> None:
            if title is not None:
                self._rename(chosen, title)

        self.app.push_screen(AskLine("Rename", "The title of this conversation:"), rename)

    def _retitle(self, title: str) -> None:
        here = self.session.conversation
        if here is None or not title:
            self.notify("Say it as /title TEXT, in a conversation that has begun.", timeout=4)
        else:
            self._rename(here, title)

    def _rename(self, conversation: int, title: str) -> None:
        def work() -> None:
            shelf.rename(self.session.journal, conversation, title)

        self.background(work, lambda _: self.list_conversations())

    def action_delete(self) -> None:
        """Delete the highlighted conversation, or the open one, after asking."""
        sidebar = self.query_one(Sidebar)
        chosen = sidebar.highlighted_id if sidebar.has_focus else self.session.conversation
        if chosen is None or self.refuse_while_busy():
            return

        def work() -> Thread | None:
            from assistant.forgetting import forget_conversation

            generations = self.session.generations
            forget_conversation(self.session.journal, generations, chosen, learned=False)
            return self.session.new() if chosen == self.session.conversation else None

        async def show(thread: Thread | None) -> None:
            if thread is not None:
                await self.show_thread((thread, ""))
            self.list_conversations()

        def delete(yes: bool | None) -> None:
            if yes:
                self.background(work, show)

        question = (
            "Its messages go, and what no night has learned from them. What was learned stays "
            "until you forget it among the memories. Delete it?"
        )
        self.app.push_screen(Confirm("Delete this conversation", question), delete)

    # -- system text and files

    def action_system(self) -> None:
        """The system text of this conversation."""

        def ask(found: tuple[str, dict[str, str]]) -> None:
            text, personas = found
            self.persona_names = list(personas)
            self.app.push_screen(AskSystem(text, personas), self._set_system)

        self.background(lambda: (self.session.system_text(), self.session.personas()), ask)

    def take_persona(self, name: str) -> None:
        """The system text of the persona of that name."""

        def work() -> str:
            personas = self.session.personas()
            if name not in personas:
                known = ", ".join(personas) or "none yet"
                raise UsageError_(
                    f"There is no persona '{name}' (there are: {known})",
                    f"A persona is a text file in {self.session.paths.personas_dir}.",
                )
            return personas[name]

        self.background(work, self._set_system)

    def _set_system(self, text: str | None) -> None:
        if text is None:
            return
        said = "From the next message on it goes by this system text" if text else "As in settings"

        def show(_: None) -> object:
            return self.query_one(Transcript).say(f"{said}: {text}" if text else f"{said}.")

        self.background(lambda: self.session.set_system(text), show)

    @on(Composer.Refused)
    async def refuse(self, refused: Composer.Refused) -> None:
        """Too much was pasted."""
        await self.query_one(Transcript).say(str(refused.error), "error")

    def attach(self, name: str) -> None:
        """Read a text file and keep it for the next message."""
        path = Path.cwd() / Path(name).expanduser()
        composer = self.query_one(Composer)
        self.background(lambda: attachment.read(path), composer.attach)
