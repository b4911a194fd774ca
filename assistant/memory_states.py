"""The states of a memory, by name."""

STATES = (
    "proposed",
    "waiting",
    "learned",
    "shaky",
    "refused",
    "superseded",
    "forgotten",
    "rejected",
)
"""proposed: waits for approval, in the prompt. waiting: in the prompt until a night learns it.
learned. shaky: learned, but the exam was not sure. refused: tried, not learned. superseded:
corrected by a later one. forgotten: emptied. rejected: never to be learned."""
