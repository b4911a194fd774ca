"""The arms of a comparison: the full method, each of its ablations, and what it is compared with.

Section 9 of the method. Every arm is the same settings but for what its name says; all run through
the same engine, data, budget and exam.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from assistant.settings import MethodSettings
from sleep.losses import Divergence

Way = Literal["method", "raw", "qa", "seal", "opsd", "prompt", "untouched"]
"""method: consolidation. raw: the texts as they are. qa: question-answer pairs. seal: the texts and
what the model writes about them (SEAL, Zweiger et al., arXiv 2506.10943). opsd: on-policy
self-distillation alone. prompt: everything in the prompt, nothing trained. untouched: nothing."""

_FULL: Final = MethodSettings(on_policy=0.3, imitation=0.2, dreaming=2)


class Arm(msgspec.Struct, frozen=True):
    """One arm."""

    name: str
    way: Way
    method: MethodSettings
    accepted: float = 0.5
    divergence: Divergence = "forward_kl"

    @property
    def trains(self) -> bool:
        """Whether its weights change at all."""
        return self.way not in ("prompt", "untouched")


def _ablated(name: str, **change: object) -> Arm:
    return Arm(name, "method", msgspec.structs.replace(_FULL, **change))


_BARE: Final = MethodSettings(levels="day 1", anchors=False)
_ONE_LORA: Final = msgspec.structs.replace(_BARE, expansion=False)

ARMS: Final = {
    arm.name: arm
    for arm in (
        Arm("untouched", "untouched", _BARE),
        Arm("prompt", "prompt", _BARE),
        Arm("raw", "raw", _ONE_LORA, accepted=1.0),
        Arm("qa", "qa", _ONE_LORA, accepted=1.0),
        Arm("seal", "seal", _BARE, accepted=1.0),
        Arm(
            "opsd",
            "opsd",
            msgspec.structs.replace(_BARE, on_policy=1.0),
            accepted=0.0,
            divergence="reverse_kl",
        ),
        Arm("default", "method", MethodSettings()),
        Arm("default-no-anchors", "method", MethodSettings(anchors=False)),
        Arm("default-no-levels", "method", MethodSettings(levels="day 1")),
        Arm("full", "method", _FULL),
        _ablated("no-imitation", imitation=0.0),
        _ablated("no-semantic", semantic=0.0),
        _ablated("no-on-policy", on_policy=0.0),
        _ablated("no-expansion", expansion=False),
        _ablated("no-dreaming", dreaming=0),
        _ablated("no-selection", selection="random"),
        _ablated("norm-selection", selection="norm"),
        _ablated("words-meaning", meaning="words"),
        _ablated("teacher-words", teacher_words=True),
        _ablated("no-random-expert", random_expert=0.0),
        _ablated("no-anchors", anchors=False),
        _ablated("no-levels", levels="day 1"),
    )
}
"""By name; "default" is what a night does unless it is told otherwise, the others are cut from
"full", which does everything."""
