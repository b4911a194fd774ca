"""Hours of the day, such as 23:00-06:00, and the times at which they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """From `start` until `end`, in local time; the same time twice means the whole day."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Hours | None:
        """From a setting of the form HH:MM-HH:MM; None for an empty one."""
        if not text:
            return None
        start, _, end = text.partition("-")
        return cls(_time(start), _time(end))

    def __str__(self) -> str:
        """As it is written in the settings."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def hold(self, now: datetime) -> bool:
        """Whether `now` lies within them."""
        return now < self.last(now)[1]

    def last(self, now: datetime) -> tuple[datetime, datetime]:
        """Begin and end of the hours that began last."""
        start = datetime.combine(now.date(), self.start, now.tzinfo)
        if start > now:
            start -= _DAY
        end = datetime.combine(start.date(), self.end, now.tzinfo)
        return start, end if end > start else end + _DAY

    def next_start(self, now: datetime) -> datetime:
        """When they begin next."""
        return self.last(now)[0] + _DAY


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))
