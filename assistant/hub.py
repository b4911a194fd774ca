"""Fetches a model file from the Hugging Face hub: the one place where Reverie opens a connection.

Only `reverie models pull` comes here, when a person asks for it. A broken connection leaves what
was fetched, and the next start goes on behind it (HTTP ranges, RFC 9110 section 14); a file appears
under its name only when its SHA-256 is the one that the hub has on record.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assistant.errors import ReverieError, UsageError_
from assistant.hashes import file_sha256
from assistant.paths import Paths, fsync_dir, make_private

_PREFERRED: Final = ("Q4_K_M", "Q5_K_M", "Q4_K_S", "Q6_K", "Q8_0", "Q4_1", "Q4_0", "F16")
"""Kinds by how well they balance size and quality, for when nobody says which."""
_NO_MODEL: Final = re.compile(r"(^|/)mmproj|-\d{5}-of-\d{5}\.gguf$")
_SILENCE_S: Final = 30.0
_MARGIN: Final = 200_000_000
_HUB: Final = "huggingface.co"


@dataclass(frozen=True)
class HubFile:
    """A model file of a repository, as the hub has it on record."""

    repository: str
    revision: str
    name: str
    bytes: int
    sha256: str


def files(repository: str) -> list[HubFile]:
    """The GGUFs of a repository that hold a whole model; ReverieError when it cannot be asked."""
    return [
        x for x in _large(repository) if x.name.endswith(".gguf") and not _NO_MODEL.search(x.name)
    ]


def weights(repository: str) -> list[HubFile]:
    """The safetensors of a repository that its model is made of; ReverieError where it has none.

    Some repositories hold the same weights once more in a folder of another format: those at the
    top are meant.
    """
    found = [x for x in _large(repository) if re.fullmatch(r"[^/]+\.safetensors", x.name)]
    if not found:
        raise ReverieError(
            f"{repository} holds no weights as safetensors",
            "Nothing is lost: a night takes them out of the model's own file.",
        )
    return found


def _large(repository: str) -> list[HubFile]:
    """The large files of a repository, whose hashes the hub has on record."""
    with _online():
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HFValidationError

        try:
            found = HfApi().model_info(repository, files_metadata=True, token=_token())
        except HFValidationError as error:
            raise UsageError_(
                f"'{repository}' is no name of a repository", "Say it as OWNER/NAME."
            ) from error
    siblings = found.siblings or []
    return [
        HubFile(repository, found.sha or "main", x.rfilename, x.lfs.size, x.lfs.sha256)
        for x in siblings
        if x.lfs
    ]


def choose(found: Sequence[HubFile], wanted: str | None) -> HubFile:
    """The file that is meant by a part of its name, or a good one; UsageError_ when unclear."""
    if not found:
        raise ReverieError(
            "That repository holds no whole model in GGUF format",
            "Look for one whose name ends with -GGUF.",
        )
    if wanted is None:
        kinds = [kind for kind in _PREFERRED if any(_has(each, kind) for each in found)]
        fitting = [each for each in found if not kinds or _has(each, kinds[0])]
    else:
        exact = [each for each in found if each.name == wanted]
        fitting = exact or [each for each in found if wanted.lower() in each.name.lower()]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(each.name for each in fitting or found)
    raise UsageError_(
        f"{'Several files fit' if fitting else f'No file is called like {wanted!r}'}: {names}",
        "Name one of them.",
    )


def _has(file: HubFile, kind: str) -> bool:
    return re.search(rf"(?<![A-Z0-9]){kind}(?![A-Z0-9_])", file.name.upper()) is not None


def fetch(file: HubFile, paths: Paths) -> Path:
    """Where the file lies once it is here, whole; fetched from where it was left off."""
    target = paths.pulled_dir(file.repository) / Path(file.name).name
    if target.is_file() and file_sha256(target) == file.sha256:
        return target
    make_private(target.parent)
    partial = target.with_name(f".{target.name}.{file.sha256[:16]}.partial")
    there = partial.stat().st_size if partial.is_file() else 0
    _require_room(target.parent, file.bytes - there)
    if there < file.bytes:
        with _online():
            _receive(file, partial, there)
    if file_sha256(partial) != file.sha256:
        partial.unlink()
        raise ReverieError(
            f"What arrived as {file.name} is not the file that the hub has on record",
            "It was thrown away; start again.",
        )
    partial.replace(target)
    fsync_dir(target.parent)
    return target


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _MARGIN:
        raise ReverieError(
            f"{needed / 1e9:,.1f} GB are to be fetched and {free / 1e9:,.1f} GB are free in "
            f"{folder}",
            "Make room, or choose a smaller file.",
        )


def _receive(file: HubFile, partial: Path, there: int) -> None:
    """Append what is missing to `partial`, with a bar on a terminal; on disk when this returns."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils._headers import build_hf_headers
    from tqdm import tqdm

    url = hf_hub_url(file.repository, file.name, revision=file.revision)
    headers = build_hf_headers(token=_token()) | {"Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    request = get_session().stream("GET", url, headers=headers, timeout=_SILENCE_S)
    with request as reply:
        reply.raise_for_status()
        goes_on = reply.status_code == 206  # or it begins anew, whatever was asked
        bar = tqdm(
            desc=file.name,
            total=file.bytes,
            initial=there if goes_on else 0,
            unit="B",
            unit_scale=True,
            file=sys.stderr,
            disable=not sys.stderr.isatty(),
        )
        with partial.open("ab" if goes_on else "wb") as out, bar:
            for piece in reply.iter_raw():
                out.write(piece)
                bar.update(len(piece))
            out.flush()
            os.fsync(out.fileno())


def _token() -> str | bool:
    """The user's token, where they have put one into the environment for this; none otherwise."""
    return os.environ.get("HF_TOKEN") or False


@contextmanager
def _online() -> Iterator[None]:
    """Inside, the hub may be asked; what goes wrong is told in plain words."""
    from httpx import HTTPError
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError

    offline = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = False  # `assistant.quiet` has closed this door for everybody else
    try:
        yield
    except HfHubHTTPError as error:
        raise ReverieError(
            f"The hub refused: {str(error).splitlines()[0]}",
            f"Check the name at {_HUB}; models behind a licence need HF_TOKEN in the environment.",
        ) from error
    except HTTPError as error:
        raise ReverieError(
            f"The hub cannot be reached, or the connection broke: {error or type(error).__name__}",
            "Start again: it goes on from where it was.",
        ) from error
    finally:
        constants.HF_HUB_OFFLINE = offline
