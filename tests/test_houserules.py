"""The rules of the house that no other tool checks (see CONTRIBUTING.md)."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("assistant", "sleep", "tui")
FOLDERS = (*ROOMS, "tests", "packaging", "docs", ".ci")
TEXTS = {"", ".py", ".sh", ".toml", ".md", ".json", ".txt", ".yml", ".yaml", ".service", ".tcss"}
LONGEST_MODULE = 450
LONGEST_FUNCTION = 60

# A file of code runs when it is read, so it is no format for data that comes from elsewhere.
CODE_AS_DATA = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}


def tracked() -> Iterator[Path]:
    """The text files of the repository, as they lie in its folders."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXTS)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            hidden = "__pycache__" in path.parts
            if path.is_file() and path.suffix in TEXTS and not hidden:
                yield path


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def requirement_lines() -> list[str]:
    """The lines of pyproject.toml that name a requirement, as they are written."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = text[: text.index("[project.scripts]")]
    lines = [line for line in project.splitlines() if re.match(r'    "[A-Za-z][^"]*[<>=]', line)]
    parsed = tomllib.loads(text)["project"]
    extras = parsed["optional-dependencies"].values()
    assert len(lines) == len(parsed["dependencies"]) + sum(len(extra) for extra in extras)
    return lines


def test_there_is_something_to_check() -> None:
    assert len(modules(*ROOMS)) > 20
    assert len(set(tracked())) > 40


def test_modules_are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in modules(*FOLDERS)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_functions_are_short() -> None:
    long = [
        f"{at(path, node)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in modules(*ROOMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_does() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules(*ROOMS, "packaging")
        if not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_no_data_file_runs_code() -> None:
    found = []
    for path in modules(*FOLDERS):
        for node in ast.walk(tree(path)):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                found.append(f"{at(path, node)} torch.load")
            elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                found.append(f"{at(path, node)} allow_pickle")
            found += [
                f"{at(path, node)} {name}" for name in names if name.split(".")[0] in CODE_AS_DATA
            ]
    assert found == []


def test_nothing_asks_an_object_what_it_has() -> None:
    found = [
        at(path, node)
        for path in modules(*FOLDERS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr"
    ]
    assert found == []


# Written apart, so that this file does not break its own rule.
FOREIGN = [
    "/" + r"(root|work|home/\w+|Users/\w+)/",
    "pypi" + r"\.org",
    "pythonhosted" + r"\.org",
    "download" + r"\.pytorch\.org",
    r"(extra-)?index" + r"-url\s*[= ]\s*\S+://",
]


@pytest.mark.parametrize("pattern", FOREIGN)
def test_no_file_names_somebodys_machine_or_a_registry(pattern: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        for match in re.finditer(pattern, path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_dependency_says_why_it_is_there() -> None:
    silent = [line for line in requirement_lines() if not re.search(r'",  # \S', line)]
    assert silent == []


# Where the name of the import is not that of the distribution.
IMPORTED_AS = {
    "detect-secrets": "detect_secrets",
    "huggingface-hub": "huggingface_hub",
    "llama-cpp-python": "llama_cpp",
    "python-stdnum": "stdnum",
    "sqlite-utils": "sqlite_utils",
}


def test_every_dependency_is_used() -> None:
    imported = set()
    for path in modules(*ROOMS):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add((node.module or "").split(".")[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=\[ ]", line, maxsplit=1)[0] for line in project["dependencies"]]
    unused = [name for name in names if IMPORTED_AS.get(name, name) not in imported]
    assert unused == []
