"""Makes the README's pictures of the screens: `packaging/screenshots` runs it.

The screens are the real ones on the story of tests/tui/story.py, with an engine that says what it
is told to: they show what the program looks like, not what a model knows.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from tests.tui.scenes import shown
from tui import night_state

SIZE = (110, 34)
PICTURES = {
    "talk": ("talk", "reverie-dark"),
    "sleep": ("asleep", "reverie-dark"),
    "memories": ("memories", "reverie-light"),
    "nights": ("nights", "reverie-dark"),
    "compare": ("compare", "reverie-dark"),
}


async def draw(folder: Path) -> None:
    """Write one SVG a picture into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (scene, theme) in PICTURES.items():
        with tempfile.TemporaryDirectory() as home:
            async with shown(scene, SIZE, Path(home), theme) as chat:
                svg = chat.app.export_screenshot(title="Reverie")
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(folder / f"{name}.svg")


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    time.tzset()
    with patch.object(night_state, "next_night", lambda *_: None):  # this machine's is not shown
        asyncio.run(draw(Path(sys.argv[1])))
