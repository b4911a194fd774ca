"""packaging/check_packages.py: a package that was copied only in part is found."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.packaging.conftest import ROOT


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "check_packages", ROOT / "packaging" / "check_packages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site-packages folder with two whole packages."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code, with a comma.py").write_text("x = 1\n")
        registration = tmp_path / f"{name}-1.0.dist-info"
        registration.mkdir()
        (registration / "RECORD").write_text(
            f'"{name}/code, with a comma.py",sha256=x,6\n'
            f"{name}/__pycache__/code.pyc,,\n{name}-1.0.dist-info/RECORD,,\n"
        )
    return tmp_path


def test_whole_packages_pass(check: ModuleType, site: Path) -> None:
    assert check.damaged(site) == []


def test_a_missing_file_is_found(check: ModuleType, site: Path) -> None:
    (site / "one" / "code, with a comma.py").unlink()
    assert check.damaged(site) == [site / "one-1.0.dist-info"]


def test_a_short_file_is_found(check: ModuleType, site: Path) -> None:
    (site / "two" / "code, with a comma.py").write_text("x")
    assert check.damaged(site) == [site / "two-1.0.dist-info"]


def test_a_registration_without_its_list_is_found(check: ModuleType, site: Path) -> None:
    (site / "two-1.0.dist-info" / "RECORD").unlink()
    assert check.damaged(site) == [site / "two-1.0.dist-info"]


def test_repair_takes_out_only_what_is_damaged(
    check: ModuleType,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (site / "one" / "code, with a comma.py").unlink()
    monkeypatch.setattr(check.sysconfig, "get_paths", lambda: {"purelib": str(site)})
    assert check.main([]) == 1
    assert check.main(["--repair"]) == 0
    assert not (site / "one-1.0.dist-info").exists()
    assert (site / "two-1.0.dist-info").exists()
    assert check.main([]) == 0
    assert "damaged: one-1.0.dist-info" in capsys.readouterr().err
