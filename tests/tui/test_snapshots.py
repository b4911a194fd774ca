"""How every screen looks, at three sizes, dark and light: SVGs beside this file.

After a change that is meant, `UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py` writes them
anew; look at them in a browser before they are committed. Compared is what stands in the cells and
in which colours, not the markup around it, so that another Textual may draw its frame differently.
"""

import os
import re
from pathlib import Path

import pytest

from tests.tui.driver import Chat
from tests.tui.pictures import PICTURES, SIZE
from tests.tui.scenes import SCENES, shown

FOLDER = Path(__file__).parent / "snapshots"
SIZES = [(80, 24), (110, 34), (160, 50)]
SAME = 5
LIGHT = ("talk", "memories")


def seen(svg: str) -> list[str]:
    """The texts and backgrounds of an SVG with their places and colours, in order."""
    styles = dict(re.findall(r"\.terminal-\d+-(r\d+) \{ ([^}]*) \}", svg))
    found = []
    for tag, attributes, text in re.findall(r"<(text|rect)\b([^>]*?)(?:/>|>([^<]*))", svg):
        name = re.search(r'class="terminal-\d+-(r\d+)"', attributes)
        place = re.search(r'x="([\d.]+)" y="([\d.]+)"', attributes)
        if place is None or (tag == "text" and name is None):
            continue
        fill = re.search(r'fill="(#\w+)"', attributes)
        style = styles.get(name[1], "") if name else (fill[1] if fill else "")
        found.append(f"{place[1]} {place[2]} {style} {text.replace('&#160;', ' ').rstrip()}")
    return found


async def settled(chat: Chat) -> str:
    """The screen once it has stopped changing: as it was several times in a row."""
    svgs: list[str] = []
    while len(svgs) < SAME or len({tuple(seen(svg)) for svg in svgs[-SAME:]}) > 1:
        await chat.pilot.pause()
        svgs.append(chat.app.export_screenshot(title="Reverie"))
    return svgs[-1]


async def compare(name: str, theme: str, size: tuple[int, int], home: Path) -> None:
    async with shown(name, size, home, theme) as chat:
        svg = await settled(chat)
    light = "-light" if "light" in theme else ""
    file = FOLDER / f"{name}{light}-{size[0]}x{size[1]}.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        FOLDER.mkdir(exist_ok=True)
        file.write_text(svg, encoding="utf-8")
    assert seen(svg) == seen(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
async def test_screen(name, size, tmp_path):
    await compare(name, "reverie-dark", size, tmp_path / "home")


@pytest.mark.parametrize("name", LIGHT)
async def test_light(name, tmp_path):
    await compare(name, "reverie-light", (110, 34), tmp_path / "home")


def test_a_snapshot_that_differs_is_seen():
    svg = (FOLDER / "talk-80x24.svg").read_text(encoding="utf-8")
    assert len(seen(svg)) > 50
    assert seen(svg) != seen(svg.replace("Biscuit", "Rex"))
    colour = re.search(r"fill: (#\w+)", svg)
    assert colour is not None
    assert seen(svg) != seen(svg.replace(colour[1], "#123456"))


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_of_the_documentation_show_the_screens_as_they_are(name):
    """`packaging/screenshots` makes them anew."""
    scene, theme = PICTURES[name]
    light = "-light" if "light" in theme else ""
    snapshot = FOLDER / f"{scene}{light}-{SIZE[0]}x{SIZE[1]}.svg"
    picture = Path(__file__).parents[2] / "docs" / "screenshots" / f"{name}.svg"
    assert seen(picture.read_text(encoding="utf-8")) == seen(snapshot.read_text(encoding="utf-8"))
