"""A checkout and a machine made of stubs, to try the start scripts on without installing anything.

`machine` is a PATH that holds the real small tools (cat, df, awk, ...) and stubs for what the
scripts ask about: Python, compilers, disks, GPUs. The stub of Python makes an environment of stubs;
its pip only writes down how it was called.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = [
    "awk",
    "cat",
    "chmod",
    "cksum",
    "cp",
    "cut",
    "date",
    "df",
    "dirname",
    "env",
    "grep",
    "ls",
    "mkdir",
    "printf",
    "rm",
    "sed",
    "sh",
    "tail",
    "touch",
]

# Stands for Python outside and inside of the environment. Only `-c` reaches the real one.
PYTHON = """#!/bin/sh
case "$1 ${{2-}}" in
    "-m venv")
        echo "venv $3" >>"{calls}"
        mkdir -p "$3/bin" "$3/lib"
        cp "$0" "$3/bin/python"
        printf '#!/bin/sh\\necho "reverie $*"\\n' >"$3/bin/reverie"
        chmod +x "$3/bin/reverie"
        ;;
    "-m pip")
        [ "$3" = wheel ] && echo "pip $*" >>"{calls}"
        [ "$3" = install ] || exit 0
        shift 5
        echo "pip $*" >>"{calls}"
        if [ -f "{pip}" ]; then . "{pip}"; fi
        ;;
    "-c "*find_spec*) exit 1 ;;
    "-c "*"import torch"*) exit 1 ;;
    "-c "*) exec "{real}" "$@" ;;
    *check_packages.py*) echo "check ${{2-}}" >>"{calls}" ;;
    *) exit 99 ;;
esac
"""


class Machine:
    """A checkout with the real scripts in it, and a PATH of stubs. `calls` is what was called."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.checkout = folder / "a checkout"
        self.venv = self.checkout / ".venv"
        self._calls = folder / "calls"
        self._pip = folder / "pip.sh"
        self.bin.mkdir(parents=True)
        self._calls.touch()
        (folder / "tmp").mkdir()
        for tool in TOOLS:
            real = shutil.which(tool)
            assert real, tool
            (self.bin / tool).symlink_to(real)
        shutil.copytree(ROOT / "packaging", self.checkout / "packaging")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        self.stub("python3", PYTHON.format(calls=self._calls, pip=self._pip, real=sys.executable))
        # The scripts look every second whether a step is done: too seldom for stubs.
        self.stub("sleep", f"#!/bin/sh\nexec {shutil.which('sleep')} 0.02\n")
        self.stub("cc", "#!/bin/sh\n")
        self.stub("c++", "#!/bin/sh\n")
        self.env = {"PATH": str(self.bin), "TMPDIR": str(folder / "tmp"), "HOME": str(folder)}

    def stub(self, name: str, text: str) -> None:
        """Put an executable of this text on the PATH, in place of what had the name."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def without(self, *names: str) -> None:
        for name in names:
            (self.bin / name).unlink()

    def pip_does(self, script: str) -> None:
        """What every `pip install` runs, in sh; its arguments are in "$*"."""
        self._pip.write_text(script)

    def start(
        self, *arguments: str, script: str = "run", env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.bin / "sh"), str(self.checkout / "packaging" / script), *arguments],
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=os.sep,
        )

    def run(
        self, *arguments: str, script: str = "run", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, script=script, env=env)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    @property
    def stamps(self) -> list[str]:
        return sorted(path.name for path in self.venv.glob("reverie-ready-*"))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)
