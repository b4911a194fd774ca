"""A refused night is tried once more, gently: in smaller steps, with what the first one has read.

Most nights that the exam refuses have pulled too hard: something that was known got worse. Half the
rate spills less, and more passes make up for it. The second try is a night of its own in the
journal, so that each of the two has its stages, its exam and its reason.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import msgspec

from assistant.settings import Settings
from sleep.bed import Bed
from sleep.diary import Diary
from sleep.easing import last_exam

_MORE_PASSES: Final = 1.5
_COSTLY: Final = ("seed", "dream", "export", "exam", "ease")


def gentler(settings: Settings) -> Settings:
    """The settings of a second try."""
    sleep = settings.sleep
    calm = msgspec.structs.replace(
        sleep, rate=sleep.rate * sleep.retry_rate, passes=sleep.passes * _MORE_PASSES
    )
    return msgspec.structs.replace(settings, sleep=calm)


def again(bed: Bed) -> Bed | None:
    """The second try of a night that its exam has refused.

    None when the night was not refused by its exam, was itself a second try, or has left less of
    its budget than it took from learning to exam.
    """
    verdict = last_exam(bed.diary)
    if verdict is None or verdict.passed:
        return None
    took = sum(bed.diary.seconds.get(name, 0.0) for name in _COSTLY)
    if bed.diary.is_retry or bed.deadline - time.monotonic() < took:
        return None
    if bed.settings.sleep.retry_rate == 0:
        return None
    settings = gentler(bed.settings)
    encoded = msgspec.json.encode(settings.sleep).decode()
    return replace(bed, settings=settings, diary=Diary.again(bed.diary, encoded))
