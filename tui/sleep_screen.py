"""The night: start it, stop it, and watch what it does. The night itself is another process."""

from __future__ import annotations

from typing import Any, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from assistant import night_process
from assistant.errors import ReverieError
from assistant.journal.nights import Night
from assistant.night_process import NightProcess
from assistant.plural import counted
from tui import when
from tui.curve import Curve
from tui.dialogs import AskLine, Confirm
from tui.exam_bars import reported, so_far
from tui.following import Following
from tui.mode_screen import ModeScreen
from tui.night_state import NightState, Watch, look
from tui.pulse import MARKS, Pulse, stage_words
from tui.stages import Stages

_LOOK_S: Final = 0.5
_SHOWN: Final = 200
_UNFINISHED: Final = ("interrupted", "failed")


class SleepScreen(ModeScreen):
    """Tonight, or the last night there was."""

    MODE = "sleep"
    BINDINGS = [  # noqa: RUF012  # as Textual declares it
        Binding("s", "start", "Start now"),
        Binding("x", "stop", "Stop"),
        Binding("b", "budget", "Budget"),
        Binding("u", "resume", "Go on"),
        Binding("d", "list('dreams')", "Dreams"),
        Binding("e", "list('exam')", "Exam"),
    ]
    DEFAULT_CSS = """
    SleepScreen {
        #now { height: auto; padding: 1 2 0 2; }
        #error { height: auto; padding: 0 2; color: $text-error; display: none; }
        #night { height: 1fr; padding: 1 1 0 1; }
        #left { width: 36; height: 1fr; }
        #learning { height: auto; max-height: 3; padding: 0 1; }
        #curves { height: 2fr; min-height: 6; max-height: 16; }
        #told {
            height: 3fr;
            min-height: 4;
            border: round $border;
            border-title-color: $text-muted;
            padding: 0 1;
            scrollbar-size-vertical: 1;
        }
        #told Static { height: auto; }
        #worst { padding: 1 1 0 1; height: auto; color: $text-muted; }
    }
    SleepScreen.-low #now { padding: 0 2; }
    SleepScreen.-narrow #left { width: 26; }
    SleepScreen.-narrow Stages { width: 26; }
    """

    state: NightState | None = None
    night: Night | None = None
    minutes: float | None = None
    """How long the next night may take, where the user has said so here."""
    _chosen: str | None = None
    _reported: NightProcess | None = None

    def body(self) -> ComposeResult:
        """How it is; below, the stages, the curves, and what comes out."""
        yield Static(id="now", markup=False)
        yield Static(id="error", markup=False)
        with Horizontal(id="night"):
            with Vertical(id="left"):
                yield Stages(markup=False)
                yield Static(id="worst", markup=False)
            with Vertical():
                yield Static(id="learning", markup=False)
                with Horizontal(id="curves"):
                    yield Curve("loss")
                    yield Curve("recall", share=True)
                    yield Curve("reward")
                with Following(id="told"):
                    yield Static(markup=False)

    def on_mount(self) -> None:
        """Look at the night a few times a second, while this screen is shown."""
        super().on_mount()
        self.query_one("#told").focus()
        self._look()
        self.set_interval(_LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.background(self._one_look, self.show)

    def _one_look(self) -> Watch:
        rules = self.session.settings.schedule
        return look(self.session.journal, self.session.paths, rules, self.state)

    def complain(self, error: ReverieError) -> object:
        """Under the state of the night."""
        self._say_error(str(error))
        return None

    def _say_error(self, text: str) -> None:
        line = self.query_one("#error", Static)
        line.update(text)
        line.display = bool(text)

    def felt(self, pulse: Pulse) -> None:
        """The first line follows the pulse."""
        self.query_one("#now", Static).update(self._now(pulse))

    # -- what is seen

    def show(self, watch: Watch) -> None:
        """Put one look at the night on the screen."""
        self.night, self.state = watch.night, watch.state
        self._watch = watch
        self._report_failed_start()
        self.query_one("#now", Static).update(self._now(self.reverie.pulse))
        self.query_one(Stages).show(watch.night, watch.state)
        state = watch.state or NightState(0)
        for name, values in (
            ("loss", state.loss),
            ("recall", state.recall),
            ("reward", state.reward),
        ):
            self.query_one(f"#{name}", Curve).show(values)
        self.query_one("#reward", Curve).display = bool(state.reward)
        self.query_one("#learning", Static).update(self._learning(state))
        self.query_one("#worst", Static).update(self._aside(state))
        self._tell(state)

    _watch: Watch = Watch(None, None, None, None)

    def _now(self, pulse: Pulse) -> Content:
        lines = [self._headline(pulse)]
        budget = self.minutes or self.session.settings.sleep.minutes
        said = counted(pulse.unslept, "message")
        held = counted(pulse.waiting, "memory", "memories")
        ready = f"{said} to sleep on, {held} in the prompt"
        lines.append(Content.styled(f"{ready} · budget {budget:g} min", "$quiet"))
        decision, coming = self._watch.decision, self._watch.coming
        said = "by hand ('reverie schedule install' lets nights happen)"
        if coming is not None:
            said = f"the next night {when.moment(coming['at'])} (window {coming['window']})"
        if decision is not None:
            why = f"{decision.decision}: {decision.reason}"
            said += f"\nDecided {when.moment(decision.created)}, {why}"
        lines.append(Content.styled(f"Schedule: {said}", "$quiet"))
        return Content("\n").join(lines)

    def _headline(self, pulse: Pulse) -> Content:
        mark = MARKS[pulse.state]
        night = self.night
        if pulse.state == "asleep":
            doing = stage_words(pulse.stage) or "falling asleep"
            parts = [f"{mark} Asleep. Night {pulse.night} is {doing}"]
            parts += self._figures()
            return Content.styled(" · ".join(parts), "bold $secondary")
        word = f"Drowsy: {pulse.due}" if pulse.state == "drowsy" else "Awake"
        last = ""
        if night is not None:
            why = f": {night.reason}" if night.reason else ""
            why += "; u goes on with it" if night.outcome in _UNFINISHED else ""
            last = f"   Night {night.id} ({when.moment(night.started)}) {night.outcome}{why}"
        style = "bold $warning" if pulse.state == "drowsy" else "bold $success"
        return Content.assemble((f"{mark} {word}.", style), (last, "$quiet"))

    def _figures(self) -> list[str]:
        budget: dict[str, Any] = self.state.budget if self.state else {}
        parts = []
        if "seconds_left" in budget:
            parts.append(f"{when.span(budget['seconds_left'])} left")
        if "memory_mb" in budget:
            parts.append(f"{budget['memory_mb']:,} MB")
        if "on_mains" in budget:
            power = "on mains" if budget["on_mains"] else "on battery"
            known = budget["on_mains"] is not None
            parts.append(f"{power}, {budget['battery']} %" if known else "no battery")
        return parts

    def _learning(self, state: NightState) -> Content:
        if state.learning:
            return Content.assemble(("Learning now  ", "bold $accent"), state.learning)
        if self.night is None:
            return Content.styled(
                "There was no night yet. Talk a while, then press s: what you told moves into the "
                "model's weights, and it sits an exam before it is served.",
                "$quiet",
            )
        how = "so far" if self.night.running else "as it went"
        return Content.styled(f"Night {self.night.id}, {how}", "$quiet")

    def _aside(self, state: NightState) -> Content:
        """Under the stages: what is hardest to learn; once the exam is sat, how that stands."""
        if self.night is not None and not self.night.running:
            exam = (self.night.report or {}).get("exam")
            bars = reported(exam["parts"]) if exam else []
        else:
            asked = state.asked.values() if state.answered else ()
            bars = so_far(asked, self.session.settings.exam)
        if not bars:
            return _worst(state)
        rows = [bar.row(wide=False) for bar in bars]
        return Content("\n").join(["The exam, ┃ passes", *rows])

    def _tell(self, state: NightState) -> None:
        stage = self.reverie.pulse.stage
        by_itself = "dreams" if stage == "dream" or (state.dreams and not state.asked) else "exam"
        kind = self._chosen or by_itself
        box = self.query_one("#told", Following)
        content = dream_lines(state) if kind == "dreams" else question_lines(state)
        box.border_title = (
            f"Dreams ({len(state.dreams)})" if kind == "dreams" else exam_title(state)
        )
        box.follow(self.reverie.pulse.state == "asleep")
        box.query_one(Static).update(content)

    def _report_failed_start(self) -> None:
        night = self.session.night
        if night is None or night is self._reported or night.ended() is None:
            return
        self._reported = night
        begun = self.night is not None and self.night.pid == night.pid
        if night.ended() and not begun:
            self._say_error(f"The night did not begin: {night.complaint()}")
        self.reverie.feel()

    # -- what is done

    def action_start(self) -> None:
        """A night now."""
        minutes = self.minutes
        budget = ["--minutes", f"{minutes:g}"] if minutes else []
        self._begin(["night", *budget])

    def action_resume(self) -> None:
        """Go on with the night that was cut off."""
        if self.night is None or self.night.outcome not in _UNFINISHED:
            self.notify("No night was cut off; s starts a new one.", timeout=4)
            return
        self._begin(["night", "--resume"])

    def _begin(self, arguments: list[str]) -> None:
        if self.reverie.pulse.state == "asleep":
            self.notify("A night is running already; x stops it.", timeout=4)
            return
        self._say_error("")

        def work() -> NightProcess:
            return NightProcess(self.session.paths, arguments)

        def begun(night: NightProcess) -> None:
            self.session.night = night
            self.notify("Good night. You may close this window; the night goes on.", timeout=6)

        self.background(work, begun)

    def action_stop(self) -> None:
        """End the night that is running, after asking."""
        pid = self.reverie.pulse.pid
        if pid is None:
            self.notify("No night is running.", timeout=3)
            return

        def stop(yes: bool | None) -> None:
            if yes:
                self.background(lambda: night_process.stop(pid), lambda _: None)

        question = "The stages it has finished are kept; u goes on from there. Stop it?"
        self.app.push_screen(Confirm("Stop the night", question), stop)

    def action_budget(self) -> None:
        """How long the next night may take."""

        def take(text: str | None) -> None:
            if text is None:
                return
            try:
                minutes = float(text)
            except ValueError:
                minutes = 0.0
            if minutes <= 0:
                self._say_error(f"'{text}' is no number of minutes.")
                return
            self._say_error("")
            self.minutes = minutes
            self.felt(self.reverie.pulse)

        now = self.minutes or self.session.settings.sleep.minutes
        about = "Minutes that a night started here may take (sleep.minutes is the setting):"
        self.app.push_screen(AskLine("Budget", about, f"{now:g}"), take)

    def action_list(self, kind: str) -> None:
        """Dreams or exam in the lower part."""
        self._chosen = kind
        if self.state is not None:
            self._tell(self.state)


def dream_lines(state: NightState) -> Content:
    """Every dream with what was made of it."""
    if not state.dreams:
        return Content.styled("No dreams.", "$quiet")
    lines = []
    for text, what in state.dreams[-_SHOWN:]:
        good = what == "rewarded"
        mark = ("✓ ", "$success") if good else ("· ", "$quiet")
        lines.append(Content.assemble(mark, text, (f"  {what}", "$quiet")))
    return Content("\n").join(lines)


def exam_title(state: NightState) -> str:
    """How the exam stands."""
    answered = state.answered
    if answered:
        right = sum(bool(each["right"]) for each in answered)
        return f"The exam ({right} of {len(answered)} right)"
    if state.asked:
        return f"The exam ({len(state.asked)} asked of the model as it was)"
    return "The exam"


def question_lines(state: NightState) -> Content:
    """Every exam question with its last answer; until the new file gives one, the old answer."""
    if not state.asked:
        return Content.styled("No exam yet.", "$quiet")
    lines = []
    for each in list(state.asked.values())[-_SHOWN:]:
        mark, answer = ("· ", "$quiet"), f"before: {each['before']}"
        if each["after"] is not None:
            mark = ("✓ ", "$success") if each["right"] else ("✗ ", "$error")
            answer = each["after"]
        flat = " ".join(answer.split())[:160]
        lines.append(Content.assemble(mark, each["question"], "\n    ", (flat, "$quiet")))
    return Content("\n").join(lines)


def _worst(state: NightState) -> Content:
    if not state.worst:
        return Content("")
    lines = ["Worst of its kind (nats)"]
    lines += [f"  {kind:<10} {nats:5.2f}" for kind, nats in state.worst.items()]
    return Content("\n".join(lines))
