"""The texts that tell the system to start a night: systemd units, a launchd plist, a Windows task.

Formats: systemd.unit(5), systemd.timer(5); launchd.plist(5); Task Scheduler schema 1.2.
"""

from __future__ import annotations

import plistlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

EVERY_MINUTES = 15
"""How often a timer knocks."""
LABEL = "reverie.sleep"
DESCRIPTION = "Reverie sleeps while nobody is at the machine"

# Refused, nothing to do, another night runs, interrupted: ends that are no failure of the unit.
_NO_FAILURE = "3 4 5 130"


def systemd_service(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """A oneshot service that runs one night, or decides against it."""
    lines = [
        "[Unit]",
        f"Description={DESCRIPTION}",
        "Documentation=man:reverie(1)",
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(_systemd_word(word) for word in command)}",
        *(f"Environment={_systemd_word(f'{k}={v}', '')}" for k, v in environment.items()),
        f"SuccessExitStatus={_NO_FAILURE}",
        "TimeoutStartSec=infinity",
        "TimeoutStopSec=20",
    ]
    return "\n".join(lines) + "\n"


def systemd_timer() -> str:
    """Knocks every quarter of an hour, and once at the start when it was missed meanwhile."""
    lines = [
        "[Unit]",
        "Description=Asks Reverie whether a night is due",
        "Documentation=man:reverie(1)",
        "",
        "[Timer]",
        f"OnCalendar=*:0/{EVERY_MINUTES}",
        "Persistent=true",
        "AccuracySec=1min",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def _systemd_word(word: str, dollar: str = "$") -> str:
    """Quoted so that systemd reads exactly this; `dollar` doubles it, where it is expanded."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{text.replace("$", "$" + dollar)}"'


def launchd_plist(command: Sequence[str], environment: Mapping[str, str], log: str) -> str:
    """A launch agent; launchd starts it after waking up when its time was slept through."""
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "EnvironmentVariables": dict(environment),
        "StartInterval": EVERY_MINUTES * 60,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "ExitTimeOut": 20,
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(agent).decode()


def windows_task(program: str, arguments: str) -> str:
    """A task of the Task Scheduler; started later when the machine was off (StartWhenAvailable)."""
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{DESCRIPTION}</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Repetition>
        <Interval>PT{EVERY_MINUTES}M</Interval>
      </Repetition>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
