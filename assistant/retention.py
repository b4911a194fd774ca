"""How many model files are kept: the oldest go first, and each can be rebuilt bit for bit.

Only `model.gguf` goes; the experts stay, which are small. The served generation, the one that a
rollback goes to, and those that are served again when another base is chosen are never touched.
"""

from __future__ import annotations

from typing import Final

from assistant.generations import BASE, MODEL_FILE, Generation, Generations
from assistant.settings import GenerationSettings

_BYTES: Final = 1e9


def prune(generations: Generations, limits: GenerationSettings) -> list[int]:
    """Delete model files until both limits are kept; the numbers of their generations."""
    served = generations.current_id()
    needed = {BASE, served, *generations.served_elsewhere()}
    if served != BASE:
        needed.add(generations.before(served).id)
    there = [each for each in generations.list() if each.id != BASE and each.gguf.is_file()]
    count, total = len(there), sum(each.gguf.stat().st_size for each in there)
    gone = []
    for each in sorted(there, key=_least_wanted):
        if count <= limits.keep and total <= limits.gigabytes * _BYTES:
            break
        if each.id in needed:
            continue
        count, total = count - 1, total - each.gguf.stat().st_size
        # First the row: a kill in between leaves a file too much, never one too few.
        generations.set_status(each.id, "pruned")
        (generations.folder(each.id) / MODEL_FILE).unlink(missing_ok=True)
        gone.append(each.id)
    return gone


def _least_wanted(generation: Generation) -> tuple[bool, int]:
    return (generation.status != "refused", generation.id)
