"""Settings: file, environment, bounds, and errors that name the setting."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import settings
from assistant.errors import SettingsError
from assistant.paths import Paths


def write(paths: Paths, text: str) -> None:
    paths.settings_file.write_text(text, encoding="utf-8")


def test_no_file_means_defaults(paths: Paths):
    assert settings.load(paths, {}) == settings.Settings()


def test_file_and_environment_in_that_order(paths: Paths):
    write(paths, "[chat]\ntemperature = 1\ntop_k = 7\n[model]\npath = 'a.gguf'\n")
    loaded = settings.load(paths, {"REVERIE_CHAT__TEMPERATURE": "0.2", "REVERIE_HOME": "/x"})
    assert loaded.chat.temperature == 0.2
    assert loaded.chat.top_k == 7
    assert loaded.model.path == "a.gguf"
    assert loaded.chat.max_tokens == settings.ChatSettings().max_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[chat]\ntemperature = 7\n", r"chat\.temperature is 7, .*a number from 0 to 2"),
        ("[chat]\ntemperature = nan\n", r"chat\.temperature is nan"),
        ("[chat]\ntemperature = 'hot'\n", r"chat\.temperature is 'hot', .*a number from 0 to 2"),
        ("[chat]\ntop_k = 1.5\n", r"chat\.top_k is 1.5, .*a whole number, at least 0"),
        ("[chat]\ntop_p = 0\n", r"chat\.top_p is 0, .*above 0, at most 1"),
        ("[sleep]\nengine = 'fast'\n", r"sleep\.engine is 'fast', .*one of auto, peft, unsloth"),
        ("[sleep]\nminutes = 0\n", r"sleep\.minutes is 0, .*a number above 0"),
        ("[chat]\ntemprature = 1\n", r"no setting 'chat\.temprature'.*chat\.temperature"),
        ("[chatter]\na = 1\n", r"no table 'chatter'"),
        ("temperature = 1\n", r"no table 'temperature'"),
        ("[chat\n", r"not valid TOML"),
    ],
)
def test_bad_files_name_the_setting_and_what_is_allowed(paths: Paths, text: str, expected: str):
    write(paths, text)
    with pytest.raises(SettingsError, match=expected):
        settings.load(paths, {})


def test_a_file_that_is_not_text_is_a_clear_error(paths: Paths):
    paths.settings_file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(paths, {})


def test_bad_environment_names_the_variable(paths: Paths):
    with pytest.raises(SettingsError, match="REVERIE_CHAT__SEED"):
        settings.load(paths, {"REVERIE_CHAT__SEED": "dice"})
    with pytest.raises(SettingsError, match=r"no setting 'chat\.sead'"):
        settings.load(paths, {"REVERIE_CHAT__SEAD": "1"})


def test_every_setting_says_what_it_means_and_allows():
    for key in settings.keys().values():
        assert key.meta.description
        assert key.allowed
        assert settings.parse(key, key.default, "default", from_text=False) == key.default


def test_store_keeps_comments_and_other_settings(paths: Paths):
    write(paths, "# mine\n[chat]\n# warm\ntemperature = 1.0  # really\ntop_k = 3\n")
    assert settings.store(paths, "chat.temperature", "0.5") == 0.5
    settings.store(paths, "model.path", "x.gguf")
    text = paths.settings_file.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "# really" in text
    loaded = settings.load(paths, {})
    assert (loaded.chat.temperature, loaded.chat.top_k, loaded.model.path) == (0.5, 3, "x.gguf")
    assert paths.settings_file.stat().st_mode & 0o077 == 0


def test_store_refuses_what_load_would_refuse(paths: Paths):
    with pytest.raises(SettingsError, match="number from 0 to 2"):
        settings.store(paths, "chat.temperature", "9")
    assert not paths.settings_file.exists()
    write(paths, "[chat]\nwrong = 1\n")
    with pytest.raises(SettingsError, match="wrong"):
        settings.store(paths, "chat.temperature", "1")


NAMES = sorted(settings.keys())


@given(name=st.sampled_from(NAMES), text=st.text(max_size=20))
def test_any_environment_text_is_a_good_value_or_a_settings_error(name: str, text: str):
    variable = "REVERIE_" + name.replace(".", "__").upper()
    with contextlib.suppress(SettingsError):
        settings.build(dict(settings.read_env({variable: text})))


@given(
    temperature=st.floats(0, 2),
    top_k=st.integers(0, 10**6),
    system=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_what_is_stored_is_what_is_loaded(
    paths: Paths, temperature: float, top_k: int, system: str
):
    settings.store(paths, "chat.temperature", repr(temperature))
    settings.store(paths, "chat.top_k", str(top_k))
    settings.store(paths, "chat.system", system)
    chat = settings.load(paths, {}).chat
    assert math.isclose(chat.temperature, temperature, abs_tol=0)
    assert (chat.top_k, chat.system) == (top_k, system)


@given(st.text(max_size=200))
def test_any_file_is_settings_or_a_settings_error(paths: Paths, text: str):
    paths.settings_file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(SettingsError):
        settings.load(paths, {})
