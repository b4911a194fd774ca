"""`reverie schedule`: files that the systems' own tools accept, and no trace when it is removed."""

import json
import plistlib
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import settings
from assistant.cli.main import run
from assistant.journal import Journal
from assistant.journal.decisions import decide, decisions
from assistant.paths import Paths
from assistant.schedule import units
from assistant.schedule.hours import Hours
from assistant.schedule.outlook import next_night
from assistant.schedule.timers import timer
from assistant.settings import ScheduleSettings
from assistant.system import Ran
from tests.recorder import Recorder

REPO = Path(__file__).parents[2]
ODD = 'Zoë\'s "dream" $HOME 100% \\ home'
NAMESPACE = {"": "http://schemas.microsoft.com/windows/2004/02/mit/task"}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of a user who has no timer yet."""
    home = tmp_path / "user"
    home.mkdir()
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(Path, "home", lambda: home)
    return home


def machine(monkeypatch: pytest.MonkeyPatch, platform: str) -> Recorder:
    recorder = Recorder(platform)
    for program in ("systemctl", "launchctl", "schtasks"):
        recorder.answers[program] = Ran(0)
    recorder.take_over(monkeypatch.setattr)
    return recorder


def files_below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


EXPECTED = {
    "linux": [".config/systemd/user/reverie.service", ".config/systemd/user/reverie.timer"],
    "darwin": ["Library/LaunchAgents/reverie.sleep.plist"],
}


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_it_prints_what_it_writes_and_leaves_no_trace(
    platform: str,
    user: Path,
    paths: Paths,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    recorder = machine(monkeypatch, platform)
    assert run(["schedule", "install"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert all(Path(line).is_file() for line in printed)
    assert files_below(user) == EXPECTED.get(platform, [])
    begun = recorder.calls[:2]
    assert run(["schedule", "status", "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["installed"], state["active"], state["files"]) == (True, True, printed)
    assert run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["next_night"]["window"] == "02:00-06:00"
    for trace in timer(paths).traces:
        trace.parent.mkdir(parents=True, exist_ok=True)
        trace.touch()
    assert run(["schedule", "remove"]) == 0
    removed = capsys.readouterr().out.splitlines()
    assert set(printed) <= set(removed)
    assert files_below(user) == []
    assert not any(Path(line).exists() for line in removed)
    verbs = {"linux": ("enable", "disable"), "darwin": ("bootstrap", "bootout")}
    start, stop = verbs.get(platform, ("/Create", "/Delete"))
    assert any(start in call for call in begun)
    assert any(stop in call for call in recorder.calls)
    assert run(["schedule", "remove"]) == 4
    assert run(["schedule", "install", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == printed


def test_nothing_is_left_where_systemd_cannot_be_asked_any_more(
    user: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its link, which points to nowhere by then, its stamp, and folders that were made for it."""
    recorder = machine(monkeypatch, "linux")
    assert run(["schedule", "install"]) == 0
    units_folder = user / ".config" / "systemd" / "user"
    wants = units_folder / "timers.target.wants"
    wants.mkdir()
    (wants / "reverie.timer").symlink_to(units_folder / "reverie.timer")
    recorder.answers["systemctl"] = Ran(1, err="Failed to connect to bus")
    assert run(["schedule", "remove"]) == 0
    assert list((user / ".config").iterdir()) == []
    recorder.answers["systemctl"] = Ran(0)
    assert run(["schedule", "install"]) == 0
    (units_folder / "other.service").touch()
    assert run(["schedule", "remove"]) == 0
    assert files_below(user) == [".config/systemd/user/other.service"], "others' are left"


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemd's own tool")
def test_systemd_enables_and_disables_the_timer(tmp_path: Path):
    """In a folder that is no running system."""
    folder = tmp_path / "etc" / "systemd" / "system"
    folder.mkdir(parents=True)
    (folder / "reverie.timer").write_text(units.systemd_timer())
    link = folder / "timers.target.wants" / "reverie.timer"
    for verb, there in (("enable", True), ("disable", False)):
        command = ["systemctl", f"--root={tmp_path}", verb, "reverie.timer"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert link.is_symlink() is there


def test_what_the_system_does_not_take_is_not_left_behind(
    user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    recorder = machine(monkeypatch, "linux")
    recorder.answers = {"systemctl --user enable": Ran(1, err="Failed to connect to bus\n")}
    recorder.answers["systemctl"] = Ran(0)
    assert run(["schedule", "install"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Failed to connect to bus" in said.err
    assert files_below(user) == []


def test_an_unknown_system_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    machine(monkeypatch, "sunos")
    assert run(["schedule", "install"]) == 1
    assert "reverie sleep --scheduled" in capsys.readouterr().err
    assert run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["next_night"] is None


def test_lingering_is_spoken_of_where_it_matters(
    user: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    recorder = machine(monkeypatch, "linux")
    recorder.answers["loginctl"] = Ran(0, "Linger=no\n")
    run(["schedule", "install"])
    assert "enable-linger" in capsys.readouterr().err
    recorder.answers["loginctl"] = Ran(0, "Linger=yes\n")
    run(["schedule", "install"])
    assert "enable-linger" not in capsys.readouterr().err


def test_the_night_is_found_wherever_it_lives(user: Path, monkeypatch: pytest.MonkeyPatch):
    """Home, interpreter and arguments reach the unit in a form that systemd reads back."""
    machine(monkeypatch, "linux")
    monkeypatch.setenv("REVERIE_HOME", f"/{ODD}")
    monkeypatch.setattr(sys, "executable", "/opt/100% mine/python")
    service = next(iter(timer(Paths.resolve()).files.values()))
    assert 'ExecStart="/opt/100%% mine/python" "-P" "-m" "assistant.cli.main"' in service
    assert r'"REVERIE_HOME=/Zoë' in service
    assert r"\"dream\" $HOME 100%% \\ home" in service


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd's own checker")
def test_systemd_accepts_the_units(tmp_path: Path):
    command = [sys.executable, "-c", ODD, "sleep"]
    service = tmp_path / "reverie.service"
    service.write_text(units.systemd_service(command, {"REVERIE_HOME": f"/{ODD}"}))
    (tmp_path / "reverie.timer").write_text(units.systemd_timer())
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--user", str(tmp_path / "reverie.timer")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert [line for line in checked.stderr.splitlines() if "reverie" in line] == []
    assert checked.returncode == 0, checked.stderr


def test_the_timer_catches_up():
    assert "Persistent=true" in units.systemd_timer()
    assert "OnCalendar=*:0/15" in units.systemd_timer()


def test_launchd_reads_the_agent_back():
    read = plistlib.loads(units.launchd_plist(["p", ODD], {"REVERIE_HOME": ODD}, "log").encode())
    assert read["ProgramArguments"] == ["p", ODD]
    assert read["EnvironmentVariables"] == {"REVERIE_HOME": ODD}
    assert read["StartInterval"] == 900
    assert {name: type(value) for name, value in read.items()} == LAUNCHD


def test_the_task_is_one_by_its_schema():
    """Names, order and values as the schema of the Task Scheduler has them (MS-TSCH, 2.5)."""
    root = ElementTree.fromstring(units.windows_task("p", "-m x").encode("utf-16"))
    space = f"{{{NAMESPACE['']}}}"
    assert root.tag == f"{space}Task"
    assert root.get("version") == "1.2"
    for path, allowed in TASK.items():
        (element,) = root.findall(path, NAMESPACE) if path else (root,)
        names = [child.tag.removeprefix(space) for child in element]
        assert set(names) <= set(allowed), path
        if path != "Settings":  # there any order will do
            assert names == sorted(names, key=allowed.index), path
    for element in root.iter():
        text = (element.text or "").strip()
        name = element.tag.removeprefix(space)
        if name in ("ExecutionTimeLimit", "Interval"):
            assert re.fullmatch(r"PT\d+[SMH]", text)
        elif name == "Priority":
            assert 0 <= int(text) <= 10
        elif name == "StartBoundary":
            assert datetime.fromisoformat(text)
        elif name == "MultipleInstancesPolicy":
            assert text in ("Parallel", "Queue", "IgnoreNew", "StopExisting")
        elif text in ("true", "false"):
            assert name in TASK["Settings"]


def test_the_task_scheduler_reads_the_task_back(
    user: Path, paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    machine(monkeypatch, "win32")
    found = timer(paths)
    found.install()
    (file,) = found.files
    root = ElementTree.fromstring(file.read_bytes())
    assert root.findtext("Settings/StartWhenAvailable", namespaces=NAMESPACE) == "true"
    interval = root.findtext("Triggers/TimeTrigger/Repetition/Interval", namespaces=NAMESPACE)
    assert interval == "PT15M"
    assert root.findtext("Actions/Exec/Command", namespaces=NAMESPACE) == "cmd.exe"
    line = root.findtext("Actions/Exec/Arguments", namespaces=NAMESPACE) or ""
    assert str(paths.config_dir.parent) in line
    assert line.endswith('-P -m assistant.cli.main sleep --scheduled"')
    escaped = ElementTree.fromstring(units.windows_task("a & b", f"<{ODD}>").encode("utf-16"))
    assert escaped.findtext("Actions/Exec/Command", namespaces=NAMESPACE) == "a & b"


LAUNCHD = {
    "Label": str,
    "ProgramArguments": list,
    "EnvironmentVariables": dict,
    "StartInterval": int,
    "ProcessType": str,
    "LowPriorityIO": bool,
    "ExitTimeOut": int,
    "StandardOutPath": str,
    "StandardErrorPath": str,
}
"""Keys of launchd.plist(5) that are used, and their types there."""
TASK = {
    "": ("RegistrationInfo", "Triggers", "Principals", "Settings", "Data", "Actions"),
    "RegistrationInfo": ("URI", "Author", "Version", "Date", "Description"),
    "Triggers": ("BootTrigger", "TimeTrigger", "CalendarTrigger", "LogonTrigger"),
    "Triggers/TimeTrigger": ("Enabled", "StartBoundary", "EndBoundary", "Repetition"),
    "Triggers/TimeTrigger/Repetition": ("Interval", "Duration", "StopAtDurationEnd"),
    "Settings": (
        *("AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy"),
        *("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "AllowHardTerminate"),
        *("StartWhenAvailable", "NetworkProfileName", "RunOnlyIfNetworkAvailable", "WakeToRun"),
        *("Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings", "NetworkSettings"),
        *("ExecutionTimeLimit", "Priority", "RunOnlyIfIdle"),
    ),
    "Actions": ("Exec", "ComHandler", "SendEmail", "ShowMessage"),
    "Actions/Exec": ("Command", "Arguments", "WorkingDirectory"),
}

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))
clocks = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}")


@given(start=clocks, end=clocks, now=moments)
def test_hours_contain_what_lies_between(start: str, end: str, now: datetime):
    hours = Hours.parse(f"{start}-{end}")
    assert hours is not None
    begun, over = hours.last(now)
    assert begun <= now < hours.next_start(now)
    assert f"{begun:%H:%M}-{over:%H:%M}" == str(hours) == f"{start}-{end}"
    assert timedelta(0) < over - begun <= timedelta(days=1)
    assert hours.hold(now) == (now < over)
    clock = f"{now:%H:%M}"
    inside = start <= clock < end if start < end else clock >= start or clock < end
    assert hours.hold(now) == inside


def test_no_hours():
    assert Hours.parse("") is None


@pytest.mark.parametrize("text", ["02:00", "2-6", "24:00-06:00", "02:00-06:60", "soon"])
def test_hours_that_are_none_are_refused(text: str, capsys: pytest.CaptureFixture[str]):
    assert run(["config", "set", "schedule.window", text]) == 2
    assert "such as 02:00-06:00" in capsys.readouterr().err


def test_the_next_night(
    user: Path, paths: Paths, journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    machine(monkeypatch, "linux")
    rules = ScheduleSettings()
    evening = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    assert next_night(journal, paths, rules, evening) is None
    timer(paths).install()

    def at(moment: datetime) -> str:
        found = next_night(journal, paths, rules, moment)
        assert found is not None
        return str(found["at"])

    assert at(evening) == "2026-03-02T02:00+00:00"
    late = datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert at(late) == "2026-03-02T03:30+00:00"
    sql = "INSERT INTO nights (started, ended, status, kind) VALUES (?, ?, 'learned', ?)"
    with journal.writing() as db:
        db.execute(sql, ["2026-03-02T02:10:00.000000+00:00"] * 2 + ["nap"])
    assert at(late) == "2026-03-02T03:30+00:00", "a nap is no night"
    with journal.writing() as db:
        db.execute(sql, ["2026-03-02T02:10:00.000000+00:00"] * 2 + ["night"])
    assert at(late) == "2026-03-03T02:00+00:00"


def test_a_decision_that_stays_the_same_stands_once(
    journal: Journal, capsys: pytest.CaptureFixture[str]
):
    for reason in ("on battery", "on battery", "too warm", "on battery"):
        decide(journal, "waited", reason)
    assert [each.reason for each in decisions(journal)] == ["on battery", "too warm", "on battery"]
    journal.close()
    assert run(["status"]) == 0
    assert "waited: on battery" in capsys.readouterr().out


def test_settings_of_the_schedule_are_shown(capsys: pytest.CaptureFixture[str]):
    run(["config", "set", "schedule.naps", "true"])
    run(["config", "set", "schedule.quiet", "09:00-17:00"])
    loaded = settings.load(Paths.resolve()).schedule
    assert (loaded.naps, loaded.quiet) == (True, "09:00-17:00")
