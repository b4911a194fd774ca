"""Mending what a disk has spoilt: whatever can be built again is, bit for bit, or it is replaced.

A model file comes from the base and the experts; experts are also in later generations, until a
slower level has taken over from them; the manifest is in the journal. A served generation that
cannot be mended makes way for the nearest older one that is whole, and what that one does not know
returns to the prompt.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant import base, settings
from assistant.bases import file_of
from assistant.errors import ReverieError
from assistant.generations import BASE, MODEL_FILE, Generations
from assistant.hashes import file_sha256
from assistant.integrity import (
    EXPERTS_FILE,
    Damage,
    Hashes,
    damages,
    hashes,
    manifest_text,
)
from assistant.journal import Journal
from assistant.paths import make_private, write_atomic
from assistant.plural import counted
from sleep.experts import load_experts, save_experts
from sleep.export import export
from sleep.files import sync_folder

Say = Callable[[str], None]


def before_the_night(generations: Generations, journal: Journal, say: Say) -> None:
    """See to it that the night builds on a whole generation; ReverieError for another base."""
    while (serving := generations.current_id()) != BASE:
        _require_its_base(generations, serving)
        found = damages(generations, journal, serving)
        left = [damage for damage in found if not _mended(generations, journal, damage, say)]
        if any(damage.part == "base" for damage in left):
            raise _another_base(left[0])
        if not left:
            return
        older = generations.before(serving).id
        returned = generations.switch(older)
        notes = counted(len(returned), "memory", "memories")
        say(f"{left[0]} Generation {older} is served; notes again: {notes}.")


def _require_its_base(generations: Generations, serving: int) -> None:
    """The base of the settings, whatever other one may still lie where it was."""
    chosen = base.expected(settings.load(generations.paths))
    made_from = generations.base_of(serving)
    there = file_sha256(chosen) if chosen.is_file() else ""
    if made_from not in ("", there):
        raise _another_base(Damage(serving, "base", chosen))


def mend(generations: Generations, journal: Journal, say: Say) -> list[Damage]:
    """Mend all generations; returns what cannot be."""
    return [
        damage
        for damage in damages(generations, journal)
        if not _mended(generations, journal, damage, say)
    ]


def rebuild(generations: Generations, journal: Journal, number: int) -> None:
    """Build a generation's model file again from base and experts, the same to the last bit.

    Raises ReverieError when what it is made of is gone, or another version of the program made it.
    """
    wanted = hashes(journal, number)
    row = next((each for each in generations.list() if each.id == number), None)
    if wanted is None or row is None:
        raise ReverieError(
            f"There is no generation {number} to rebuild", "'reverie models list' shows them all."
        )
    if row.holds_forgotten:
        raise ReverieError(f"Generation {number} held something forgotten; it is gone for good")
    chosen = settings.load(generations.paths)
    model = file_of(generations, journal, wanted.base_sha256)
    if not model.is_file() or file_sha256(model) != wanted.base_sha256:
        raise _another_base(Damage(number, "base", model))
    _ensure_experts(generations, journal, number, wanted)
    folder = make_private(generations.folder(number))
    target = folder / MODEL_FILE
    made = folder / f".{MODEL_FILE}.rebuilt"
    try:
        experts = load_experts(folder / EXPERTS_FILE)
        report = export(model, experts, made, n_threads=chosen.sleep.threads or 2)
        if report.sha256 != wanted.model_sha256:
            raise ReverieError(
                f"What was built from base and experts is not generation {number} as it was",
                "It was made by another version of Reverie; the next night builds a new one.",
            )
        made.replace(target)
        sync_folder(folder)
    finally:
        made.unlink(missing_ok=True)
    if row.status == "pruned":
        generations.set_status(number, "kept" if wanted.passed else "refused")


def _mended(generations: Generations, journal: Journal, damage: Damage, say: Say) -> bool:
    wanted = hashes(journal, damage.generation)
    if wanted is None or damage.part == "base":
        return False
    try:
        if damage.part == "manifest":
            write_atomic(damage.path, manifest_text(journal, damage.generation))
        elif damage.part == "experts":
            _ensure_experts(generations, journal, damage.generation, wanted)
        else:
            rebuild(generations, journal, damage.generation)
    except ReverieError as error:
        say(error.message)
        return False
    say(f"{damage.path.name} of generation {damage.generation} was damaged, and is mended.")
    return True


def _ensure_experts(
    generations: Generations, journal: Journal, number: int, wanted: Hashes
) -> None:
    """The experts of a generation, taken from a later one where its own file is damaged."""
    path = generations.folder(number) / EXPERTS_FILE
    if path.is_file() and file_sha256(path) == wanted.experts_sha256:
        return
    ids = [expert["id"] for level in wanted.levels for expert in level.experts]
    for other in generations.list():
        source = generations.folder(other.id) / EXPERTS_FILE
        theirs = hashes(journal, other.id)
        if other.id == number or theirs is None or not source.is_file():
            continue
        if file_sha256(source) != theirs.experts_sha256:
            continue
        found = [expert for expert in load_experts(source) if expert.id in ids]
        if len(found) == len(ids):
            save_experts(path, found)
            if file_sha256(path) == wanted.experts_sha256:
                return
    raise ReverieError(
        f"The experts of generation {number} are damaged, and no other generation has them",
        "'reverie models rollback' serves an older one.",
    )


def _another_base(damage: Damage) -> ReverieError:
    return ReverieError(
        f"{damage.path} is not the base model that generation {damage.generation} was made from",
        f"Put that file back, or install the starter anew; or 'reverie models use {damage.path}' "
        "begins from it as it is. Nothing is lost either way.",
    )
