"""What nights that were cut off have left on the disk, and taking it away."""

from __future__ import annotations

import shutil

from assistant.generations import Generations
from assistant.journal import Journal
from assistant.journal.nights import process_exists
from assistant.paths import Paths


def clear(paths: Paths, journal: Journal) -> None:
    """Remove the work of nights that will never go on, and the generations they did not finish.

    To be called when there is no night to resume. A generation is kept when the journal has it,
    when it is served, and when no night of this journal has made it (then it is not ours to judge).
    """
    shutil.rmtree(paths.state_dir / "nights", ignore_errors=True)
    generations = Generations(paths, journal)
    generations.purge_barred()
    for file in paths.generations_dir.glob(".current.*.new"):
        if not process_exists(int(file.name.split(".")[2])):
            file.unlink(missing_ok=True)
    unfinished = (
        "SELECT json_extract(result, '$.generation') FROM stages"
        " WHERE name = 'grow' AND result NOT NULL"
        " AND json_extract(result, '$.generation') NOT IN (SELECT id FROM generations)"
    )
    with journal.reading() as db:
        numbers = {row[0] for row in db.execute(unfinished).fetchall()}
    for number in numbers - {generations.current_id()}:
        shutil.rmtree(generations.folder(number), ignore_errors=True)
    for folder in paths.generations_dir.glob("[0-9]*"):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # reserved, and killed before the journal had the number
