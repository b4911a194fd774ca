"""The served model: switched all at once, agreed with the journal at every start, fought over by
nobody."""

from multiprocessing import get_context
from pathlib import Path

import pytest

from assistant import settings
from assistant.generations import Generations
from assistant.hashes import file_sha256
from assistant.journal import Journal
from assistant.journal import memories as ledger
from assistant.journal.checks import verify
from assistant.paths import Paths


@pytest.fixture
def generations(paths: Paths, journal: Journal, tmp_path: Path) -> Generations:
    """A base and two generations in a line, of a memory each; the second one is served."""
    (tmp_path / "base.gguf").write_bytes(b"base")
    settings.store(paths, "model.path", str(tmp_path / "base.gguf"))
    generations = Generations(paths, journal)
    for number in (1, 2):
        gguf = generations.folder(generations.reserve()) / "model.gguf"
        gguf.write_bytes(b"model %d" % number)
        memory = ledger.add(journal, f"fact {number}")
        with journal.writing() as db:
            db.execute(
                "INSERT INTO nights (started, status, generation) VALUES ('x', 'learned', ?)",
                [number],
            )
            db.execute(
                "UPDATE memories SET state = 'learned', level = 1, night = ? WHERE id = ?",
                [number, memory],
            )
        generations.record(number, parent=number - 1, sha256=file_sha256(gguf), night_id=number)
    generations.promote(2)
    return generations


def states(journal: Journal) -> list[str]:
    return [memory.state for memory in ledger.memories(journal)]


def test_a_switch_that_the_journal_missed_is_made_good_at_the_next_start(
    generations: Generations, journal: Journal, paths: Paths
):
    """Killed between the pointer and the commit: what the old model does not know is a note."""
    Generations(paths).promote(1)
    assert states(journal) == ["learned", "learned"]
    generations.settle()
    assert generations.current_id() == 1
    assert states(journal) == ["learned", "waiting"]
    assert [each.status for each in generations.list()] == ["kept", "current", "kept"]


def test_settling_changes_nothing_when_all_is_well(generations: Generations, journal: Journal):
    before = journal.db.execute("PRAGMA data_version").fetchone()
    generations.settle()
    assert states(journal) == ["learned", "learned"]
    assert journal.db.execute("PRAGMA data_version").fetchone() == before


@pytest.mark.parametrize("content", [b"", b"two", b"\xff", b"1 0000000000000000"])
def test_a_damaged_pointer_is_written_anew(
    generations: Generations, journal: Journal, paths: Paths, content: bytes
):
    (paths.generations_dir / "current").write_bytes(content)
    generations.settle()
    assert generations.current_id() == 2
    assert states(journal) == ["learned", "learned"]


def fight(home: Path, times: int) -> None:
    paths = Paths.under(home)
    with Journal.open(paths.journal) as journal:
        for number in range(times):
            Generations(paths, journal).switch(number % 3)


def test_two_processes_never_fight(
    generations: Generations, journal: Journal, paths: Paths, reverie_home: Path
):
    context = get_context("spawn")
    processes = [context.Process(target=fight, args=(reverie_home, 12 + n)) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    served = generations.current_id()
    (row,) = journal.db.execute("SELECT id FROM generations WHERE status = 'current'").fetchall() \
        or [(0,)]  # fmt: skip
    assert row[0] == served
    assert verify(paths.journal) == []
