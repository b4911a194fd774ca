"""A word on the desktop, by what the system has for that; where it has nothing, none."""

from __future__ import annotations

from assistant import system


def notify(title: str, text: str) -> None:
    """Show a quiet notification. Both texts are ours, never a person's."""
    name = system.platform()
    if name == "linux":
        quiet = ("--app-name=Reverie", "--urgency=low", "--icon=weather-clear-night")
        system.run("notify-send", *quiet, title, text)
    elif name == "darwin":
        # As arguments, so that no text is ever read as a script.
        script = (
            "on run argv",
            "display notification (item 2 of argv) with title (item 1 of argv)",
            "end run",
        )
        lines = [word for line in script for word in ("-e", line)]
        system.run("osascript", *lines, title, text)
    elif name == "win32":
        system.run("powershell", "-NoProfile", "-Command", _TOAST, title, text)


_TOAST = """\
& { param($title, $text)
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, \
ContentType = WindowsRuntime]
$xml = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent(1)
$texts = $xml.GetElementsByTagName('text')
[void]$texts.Item(0).AppendChild($xml.CreateTextNode($title))
[void]$texts.Item(1).AppendChild($xml.CreateTextNode($text))
$toast = [Windows.UI.Notifications.ToastNotification]::new($xml)
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('Reverie').Show($toast) }\
"""
