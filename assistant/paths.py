"""Every place on disk that Reverie uses.

`REVERIE_HOME`, when set, holds everything; otherwise the system's own places (platformdirs).
Folders are made 0700, and `private_umask` makes every file born 0600.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ReverieError

APP = "reverie"
HOME_VARIABLE = "REVERIE_HOME"


@dataclass(frozen=True)
class Paths:
    """The four folders of one installation, and the files in them."""

    config_dir: Path
    data_dir: Path
    state_dir: Path
    cache_dir: Path

    @classmethod
    def resolve(cls, env: Mapping[str, str] | None = None) -> "Paths":
        """The folders for this environment (default: `os.environ`); makes nothing on disk."""
        env = os.environ if env is None else env
        home = env.get(HOME_VARIABLE, "")
        if home:
            return cls.under(Path(home))
        import platformdirs

        dirs = platformdirs.PlatformDirs(APP, appauthor=False)
        return cls(
            config_dir=dirs.user_config_path,
            data_dir=dirs.user_data_path,
            state_dir=dirs.user_state_path,
            cache_dir=dirs.user_cache_path,
        )

    @classmethod
    def under(cls, home: Path) -> "Paths":
        """Everything below one folder, made absolute so that a later `chdir` changes nothing."""
        home = home.expanduser().absolute()
        return cls(home / "config", home / "data", home / "state", home / "cache")

    @property
    def journal(self) -> Path:
        """The SQLite file with conversations, memories and nights."""
        return self.data_dir / "journal.db"

    @property
    def base_dir(self) -> Path:
        """The base model, and its weights converted for training."""
        return self.data_dir / "base"

    @property
    def models_dir(self) -> Path:
        """Models that were fetched by `reverie models pull`."""
        return self.data_dir / "models"

    def pulled_dir(self, repository: str) -> Path:
        """Files that were fetched from OWNER/NAME."""
        return self.models_dir / repository.replace("/", "--")

    def weights_dir(self, gguf_sha256: str) -> Path:
        """The weights for training of the base model with this hash, once they are converted."""
        return self.base_dir / f"weights-{gguf_sha256[:16]}"

    @property
    def generations_dir(self) -> Path:
        """One folder per generation, and the file that names the served one."""
        return self.data_dir / "generations"

    @property
    def settings_file(self) -> Path:
        """The user's settings, TOML."""
        return self.config_dir / "settings.toml"

    @property
    def personas_dir(self) -> Path:
        """System texts to choose from, one text file each; their names are the files'."""
        return self.config_dir / "personas"

    @property
    def night_lock(self) -> Path:
        """Held by the one night that may run."""
        return self.state_dir / "night.lock"

    def night_work(self, night: int) -> Path:
        """Where a night keeps its work until its generation is written."""
        return self.state_dir / "nights" / f"{night:04}"

    @property
    def logs_dir(self) -> Path:
        """Logs of nights, of llama.cpp and of crashes."""
        return self.state_dir / "logs"

    def make(self) -> "Paths":
        """Create the folders that do not exist yet, 0700, and return self."""
        folders = (
            *(self.config_dir, self.data_dir, self.state_dir, self.cache_dir),
            *(self.generations_dir, self.logs_dir),
        )
        for folder in folders:
            make_private(folder)
        return self


def make_private(folder: Path) -> Path:
    """Create `folder` (and parents) if missing, closed to other users, and return it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # `mkdir` leaves an existing folder as it is and gives parents the default mode.
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise ReverieError(
            f"The folder {folder} cannot be made or closed to others: {error.strerror}",
            f"Check its owner and the free space, or set {HOME_VARIABLE} to a folder of yours.",
        ) from error
    return folder


def private_umask() -> None:
    """Make every file this process creates from now on readable by its owner only."""
    os.umask(0o077)


def fsync_dir(folder: Path) -> None:
    """Make renames and new names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A new file beside `target`, 0600, that gets its name, synced, when the block has ended.

    If that fails, it is deleted. Raises FileExistsError if `target` exists.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.rename(target)
        fsync_dir(target.parent)
    finally:
        part.unlink(missing_ok=True)


def write_atomic(target: Path, text: str, encoding: str = "utf-8") -> None:
    """Replace `target` by `text`: readers, crashes and power cuts see the old or the new file.

    Written beside the target, synced, renamed over it, and the folder synced.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding=encoding) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    fsync_dir(target.parent)
