"""`models pull`, through the hub's own library on a transport without a network."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.utils._http import hf_request_event_hook

from assistant import hub
from assistant.cli.main import run
from assistant.errors import ReverieError, UsageError_
from assistant.hashes import file_sha256
from assistant.hub import HubFile, choose
from assistant.journal import Journal
from assistant.paths import Paths
from assistant.settings import load
from tests.fixtures_gguf import make_tiny_gguf

REPOSITORY = "org/Some-GGUF"


class FakeHub:
    """A hub with one repository. `breaks_after` bytes the connection breaks."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.breaks_after: int | None = None
        self.ranges: list[str | None] = []
        self.ignores_ranges = False
        self.tokens: list[str | None] = []
        self.served = ["some-Q4_K_M.gguf"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.tokens.append(request.headers.get("authorization"))
        if request.url.path == f"/api/models/{REPOSITORY}":
            return httpx.Response(200, json=self._listing())
        if request.url.path in (f"/{REPOSITORY}/resolve/abc/{name}" for name in self.served):
            return self._file(request)
        return httpx.Response(404, headers={"X-Error-Code": "RepoNotFound"}, request=request)

    def _listing(self) -> object:
        sha256 = hashlib.sha256(self.content).hexdigest()
        lfs = {"size": len(self.content), "sha256": sha256, "pointerSize": 1}
        names = ["some-Q4_K_M.gguf", "some-Q8_0.gguf", "mmproj-some.gguf", *self.served[1:]]
        siblings = [{"rfilename": name, "size": 1, "blobId": "x", "lfs": lfs} for name in names]
        siblings.append({"rfilename": "README.md", "size": 1, "blobId": "x"})
        return {"id": REPOSITORY, "sha": "abc", "siblings": siblings}

    def _file(self, request: httpx.Request) -> httpx.Response:
        wanted = request.headers.get("range")
        self.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if self.ignores_ranges:
            start = 0
        status = 206 if start else 200
        return httpx.Response(status, content=self._body(start))

    def _body(self, start: int) -> Iterator[bytes]:
        if self.breaks_after is None:
            yield self.content[start:]
            return
        yield self.content[start : self.breaks_after]
        raise httpx.ReadError("the connection broke")


@pytest.fixture
def content(tiny_gguf: Callable[..., Path]) -> bytes:
    return tiny_gguf("llama", "Q8_0").read_bytes()


@pytest.fixture
def fake(content: bytes, monkeypatch: pytest.MonkeyPatch, reverie_home: Path) -> Iterator[FakeHub]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    fake = FakeHub(content)
    hooks = {"request": [hf_request_event_hook]}
    transport = httpx.MockTransport(fake)
    huggingface_hub.set_client_factory(
        lambda: httpx.Client(transport=transport, event_hooks=hooks, follow_redirects=True)
    )
    offline = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True  # as `assistant.quiet` leaves it
    yield fake
    assert constants.HF_HUB_OFFLINE, "the door was left open"
    constants.HF_HUB_OFFLINE = offline
    huggingface_hub.set_client_factory(huggingface_hub.utils._http.default_client_factory)


def pulled(paths: Paths) -> Path:
    return paths.models_dir / "org--Some-GGUF" / "some-Q4_K_M.gguf"


def test_a_file_is_fetched_whole(fake: FakeHub, paths: Paths, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "pull", REPOSITORY, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["path"] == str(pulled(paths))
    assert pulled(paths).read_bytes() == fake.content
    assert row["sha256"] == hashlib.sha256(fake.content).hexdigest()
    assert [p.name for p in pulled(paths).parent.iterdir()] == [pulled(paths).name]
    assert run(["models", "pull", REPOSITORY]) == 0
    assert fake.ranges == [None], "what is here is not fetched again"
    assert set(fake.tokens) == {None}


def test_it_goes_on_where_the_connection_broke(
    fake: FakeHub, paths: Paths, capsys: pytest.CaptureFixture[str]
):
    fake.breaks_after = 5000
    assert run(["models", "pull", REPOSITORY]) == 1
    assert "goes on from where it was" in capsys.readouterr().err
    assert not pulled(paths).exists()
    fake.breaks_after = 9000
    assert run(["models", "pull", REPOSITORY]) == 1
    fake.breaks_after = None
    assert run(["models", "pull", REPOSITORY]) == 0
    assert fake.ranges == [None, "bytes=5000-", "bytes=9000-"]
    assert pulled(paths).read_bytes() == fake.content


def test_a_server_that_begins_anew_is_understood(fake: FakeHub, paths: Paths):
    fake.breaks_after = 5000
    run(["models", "pull", REPOSITORY])
    fake.breaks_after, fake.ignores_ranges = None, True
    assert run(["models", "pull", REPOSITORY]) == 0
    assert pulled(paths).read_bytes() == fake.content


def test_what_is_not_what_the_hub_has_on_record_is_thrown_away(
    fake: FakeHub, paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    (file,) = [each for each in hub.files(REPOSITORY) if "Q4" in each.name]
    fake.content = fake.content[:-1] + b"?"
    with pytest.raises(ReverieError, match="not the file that the hub has on record"):
        hub.fetch(file, paths)
    assert list(pulled(paths).parent.iterdir()) == []


def test_pull_and_use(fake: FakeHub, paths: Paths, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "pull", REPOSITORY, "--use", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["generation"], row["learns"]) == (0, True)
    assert load(paths).model.path == str(pulled(paths))


def test_weights_are_fetched_the_same_way(
    fake: FakeHub, paths: Paths, capsys: pytest.CaptureFixture[str]
):
    assert run(["models", "pull", REPOSITORY, "--weights"]) == 1
    assert "takes them out of the model's own file" in capsys.readouterr().err
    names = [f"model-0000{n}-of-00002.safetensors" for n in (1, 2)]
    fake.served += [*names, "original/consolidated.safetensors"]
    fake.breaks_after = 5000
    assert run(["models", "pull", REPOSITORY, "--weights"]) == 1
    fake.breaks_after = None
    assert run(["models", "pull", REPOSITORY, "--weights"]) == 0
    assert fake.ranges == [None, "bytes=5000-", None]
    lines = capsys.readouterr().out.splitlines()
    assert lines == [str(paths.pulled_dir(REPOSITORY) / name) for name in names]
    assert all(Path(line).read_bytes() == fake.content for line in lines)
    assert run(["models", "pull", REPOSITORY, "--weights", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert len(fake.ranges) == 3, "what is here is not fetched again"
    assert run(["models", "pull", REPOSITORY, "Q4_K_M", "--weights"]) == 2


def test_weights_that_come_too_late_for_a_file_are_said_to(
    fake: FakeHub, paths: Paths, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    """Before they are fetched, of each file whose nights began without them."""
    fake.served.append("model.safetensors")

    def said(source: str | None, address: str = f"https://huggingface.co/{REPOSITORY}") -> bool:
        """With nights on a file of this origin, on weights of this source."""
        gguf = make_tiny_gguf("llama", tmp_path / "mine.gguf", base_model=address)
        sha256 = file_sha256(gguf)
        with Journal.open(paths.journal) as journal, journal.writing() as db:
            db.execute("DELETE FROM bases")
            sql = "INSERT INTO bases (sha256, path, served, used) VALUES (?, ?, 0, 'now')"
            db.execute(sql, [sha256, str(gguf)])
        folder = paths.weights_dir(sha256)
        shutil.rmtree(folder, ignore_errors=True)
        if source is not None:
            folder.mkdir(parents=True)
            (folder / "manifest.json").write_text(json.dumps({"format": 1, "source": source}))
        assert run(["models", "pull", REPOSITORY, "--weights"]) == 0
        err = capsys.readouterr().err
        first, _, _ = err.partition("Fetching")
        assert first.count("nights with mine.gguf go on") == err.count("nights with mine.gguf")
        return bool(first)

    assert said("gguf")
    assert not said(REPOSITORY)
    assert not said(None), "there was no night yet"
    assert not said("gguf", "https://huggingface.co/org/Other")
    (tmp_path / "mine.gguf").write_bytes(b"something else by now")
    assert run(["models", "pull", REPOSITORY, "--weights"]) == 0
    assert "Note" not in capsys.readouterr().err


def test_an_unknown_repository(fake: FakeHub, capsys: pytest.CaptureFixture[str]):
    assert run(["models", "pull", "org/none"]) == 1
    assert "The hub refused" in capsys.readouterr().err
    assert run(["models", "pull", "not a name/at all/x"]) == 2


def test_a_full_disk_is_said_before(
    fake: FakeHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hub, "_MARGIN", 1 << 60)
    assert run(["models", "pull", REPOSITORY]) == 1
    assert "Make room" in capsys.readouterr().err
    assert fake.ranges == []


def test_a_token_is_sent_only_where_it_was_given(fake: FakeHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    hub.files(REPOSITORY)
    assert fake.tokens == ["Bearer hf_mine"]


def listing(*names: str) -> list[HubFile]:
    return [HubFile("o/n", "abc", name, 1, "0") for name in names]


def test_which_file():
    several = listing("m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-Q4_K_S.gguf", "m-BF16.gguf")
    assert choose(several, None).name == "m-Q4_K_M.gguf"
    assert choose(several, "q8_0").name == "m-Q8_0.gguf"
    assert choose(listing("odd.gguf"), None).name == "odd.gguf"
    assert choose(listing("a.gguf", "aa.gguf"), "a.gguf").name == "a.gguf"
    with pytest.raises(UsageError_, match=r"Several files fit: m-Q4_K_M.gguf, m-Q4_K_S.gguf"):
        choose(several, "Q4_K")
    with pytest.raises(UsageError_, match="No file is called like 'IQ1'"):
        choose(several, "IQ1")
    with pytest.raises(ReverieError, match="no whole model"):
        choose([], None)


def test_nothing_else_reaches_the_hub(fake: FakeHub):
    """The door that `pull` opens is shut for everybody else."""
    with pytest.raises(huggingface_hub.errors.OfflineModeIsEnabled):
        huggingface_hub.HfApi().model_info(REPOSITORY)
