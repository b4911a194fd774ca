"""Times as people say them, in this machine's zone."""

from __future__ import annotations

from datetime import datetime


def moment(iso: str | None) -> str:
    """Date and time of an ISO 8601 moment; empty for none."""
    if not iso:
        return ""
    return datetime.fromisoformat(iso).astimezone().strftime("%d %b %H:%M")


def day(iso: str) -> str:
    """The date alone."""
    return datetime.fromisoformat(iso).astimezone().strftime("%d %b %Y")


def span(seconds: float | None) -> str:
    """A duration: "45 s", "3 min 20 s", "1 h 05 min"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
