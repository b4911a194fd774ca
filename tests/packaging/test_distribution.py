"""Wheel and sdist as they would be published: what is in them, and that they work installed."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
ROOMS = ("assistant", "sleep", "tui")


def build(source: Path, kind: str, target: Path) -> Path:
    """Build a wheel or sdist with the backend of pyproject.toml, without isolation or network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(REPO, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(REPO, "sdist", tmp_path_factory.mktemp("sdist"))


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def in_the_rooms() -> set[str]:
    """Every file of the three packages, code and data."""
    files = (path for room in ROOMS for path in (REPO / room).rglob("*") if path.is_file())
    return {str(p.relative_to(REPO)) for p in files if "__pycache__" not in p.parts}


def test_the_wheel_holds_the_packages_and_nothing_else(wheel: Path):
    found = contents(wheel)
    packages = {name for name in found if name.split("/")[0] in ROOMS}
    assert packages == in_the_rooms()
    others = {name.split("/")[0] for name in found} - set(ROOMS)
    assert all(name.endswith((".dist-info", ".data")) for name in others), others
    beside = {name.split("/data/")[1] for name in found if ".data/data/" in name}
    assert "share/man/man1/reverie.1" in beside
    assert "share/bash-completion/completions/reverie" in beside
    assert any(name.endswith("licenses/LICENSE") for name in found)


def test_the_sdist_makes_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path):
    with tarfile.open(sdist) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    for needed in ("tests/conftest.py", "packaging/run", "docs/commands.md", "LICENSE"):
        assert (source / needed).is_file(), needed
    assert contents(build(source, "wheel", tmp_path / "again")) == contents(wheel)


def test_what_is_imported_is_required():
    """Every package that the rooms import is one that an installation brings, by its own name."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["unsloth"], *extras["bench"], *extras["starter"]]
    required = {_canonical(re.split(r"[<>=\[;]", each)[0]) for each in wanted}
    providers = packages_distributions()
    missing = {
        name
        for name in _imported() - set(sys.stdlib_module_names) - set(ROOMS)
        if not {_canonical(each) for each in providers.get(name, [])} & required
    }
    assert missing == set()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _imported() -> set[str]:
    found = set()
    for room in ROOMS:
        for path in (REPO / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found


def test_an_empty_environment_runs_the_wheel(wheel: Path, tmp_path: Path):
    """Only the wheel is installed; its requirements are lent by the environment of the tests."""
    made = tmp_path / "environment"
    venv.create(made, with_pip=False, symlinks=True)
    python = made / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index"]
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True, capture_output=True)
    asked = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    lent = Path(site.stdout.strip()) / "lent.pth"
    lent.write_text(sysconfig.get_paths()["purelib"])

    def run(*command: str) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    reverie = str(made / "bin" / "reverie")
    assert run(reverie, "--version").startswith("reverie, version ")
    assert str(tmp_path) in run(reverie, "paths")
    where = run(str(python), "-c", "import assistant, sleep, tui; print(assistant.__file__)")
    assert where.startswith(str(made))
    data = (
        "from sleep import texts; from sleep.demo.play import written_day;"
        "print(len(texts.general_exam()), len(texts.prose()), len(written_day().facts))"
    )
    assert all(int(count) > 0 for count in run(str(python), "-P", "-c", data).split())
    assert (made / "share" / "man" / "man1" / "reverie.1").is_file()
