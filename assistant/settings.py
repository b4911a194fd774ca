"""What the user may set: typed, documented field by field, read from TOML and the environment.

`settings.toml` holds tables of the same names as the fields of `Settings`; the environment goes
over it: `REVERIE_CHAT__TEMPERATURE=0.2` is `temperature` in table `chat`. A name that does not
exist is an error, not a silence: a misspelt setting is one that the user believes to be on.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct

from assistant.errors import SettingsError
from assistant.paths import Paths

ENV_PREFIX = "REVERIE_"
ENV_SEPARATOR = "__"

SYSTEM_TEXT = "You are a helpful assistant with a memory."
"""It is in every prompt, so every token of it costs. It has no name in it: with "You are Reverie,
..." the starter answers questions about France in French."""

Table = dict[str, Any]

_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d"
HOURS = rf"{_CLOCK}-{_CLOCK}"
"""Hours of the day, which may go past midnight: 23:00-06:00."""


class ModelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which model file is served, and how llama.cpp runs it."""

    path: Annotated[str, Meta(description="GGUF file of the base model; empty: the starter.")] = ""
    n_ctx: Annotated[
        int, Meta(ge=256, description="Context window in tokens, capped by the model's own.")
    ] = 4096
    n_threads: Annotated[
        int, Meta(ge=0, description="CPU threads; 0: chosen for this machine.")
    ] = 0
    n_gpu_layers: Annotated[
        int, Meta(ge=-1, description="Layers on the GPU, where there is one; -1: all.")
    ] = -1


class ChatSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the assistant talks."""

    system: Annotated[str, Meta(description="The system text of every conversation.")] = SYSTEM_TEXT
    temperature: Annotated[
        float, Meta(ge=0, le=2, description="0: always the likeliest token.")
    ] = 0.3
    top_p: Annotated[float, Meta(gt=0, le=1, description="Nucleus sampling; 1: off.")] = 0.95
    top_k: Annotated[int, Meta(ge=0, description="Sample among the k likeliest; 0: all.")] = 40
    min_p: Annotated[
        float, Meta(ge=0, le=1, description="Drop tokens less likely than this share of the top.")
    ] = 0.05
    repeat_penalty: Annotated[
        float, Meta(ge=0.5, le=2, description="1: off; above: repeats become less likely.")
    ] = 1.05
    max_tokens: Annotated[int, Meta(ge=1, description="Longest reply, in tokens.")] = 512
    seed: Annotated[int, Meta(ge=-1, description="-1: another one each time.")] = -1


class SleepSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a night may cost, and how it learns."""

    minutes: Annotated[
        float, Meta(gt=0, description="Minutes that a night plans to take; '--minutes' is a limit.")
    ] = 15.0
    nap_minutes: Annotated[
        float, Meta(gt=0, description="The same for a nap, which takes up new memories only.")
    ] = 4.0
    threads: Annotated[int, Meta(ge=0, description="CPU threads of a night; 0: all.")] = 0
    rank: Annotated[int, Meta(ge=1, le=512, description="Rank of a new expert.")] = 16
    rate: Annotated[float, Meta(gt=0, le=0.1, description="Highest learning rate.")] = 8e-4
    passes: Annotated[
        float, Meta(gt=0, description="How often a night sees each lesson, on average.")
    ] = 0.8
    seed: Annotated[int, Meta(ge=0, description="Same day, same seed, same night.")] = 0
    batch: Annotated[
        int, Meta(ge=6, description="Most examples in a training step; fewer take less memory.")
    ] = 64
    length: Annotated[
        int, Meta(ge=32, description="Most tokens of an example; longer ones are left out.")
    ] = 256
    depth: Annotated[
        float, Meta(ge=0, lt=1, description="Share of the layers that never learn, from below.")
    ] = 0.4
    retry_rate: Annotated[
        float,
        Meta(ge=0, le=1, description="A refused night tries again at this share of rate; 0: not."),
    ] = 0.5
    review: Annotated[
        bool, Meta(description="Learn nothing before 'reverie memories approve' has been said.")
    ] = False
    engine: Annotated[
        Literal["auto", "peft", "unsloth"],
        Meta(description="What trains; auto: Unsloth where it is installed and there is a GPU."),
    ] = "auto"


class ScheduleSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When nights may happen by themselves ('reverie schedule install'), and when not."""

    window: Annotated[
        str,
        Meta(
            pattern=f"^{HOURS}$",
            examples=["02:00-06:00"],
            description="Hours in which nights happen; one that was missed is caught up later.",
        ),
    ] = "02:00-06:00"
    quiet: Annotated[
        str,
        Meta(
            pattern=f"^({HOURS})?$",
            examples=["09:00-17:00"],
            description="Hours in which none may run, whatever was missed; empty: none.",
        ),
    ] = ""
    idle_minutes: Annotated[
        float, Meta(ge=0, description="Nobody has used the machine for so long; 0: do not ask.")
    ] = 15.0
    battery: Annotated[
        int, Meta(ge=0, le=100, description="On battery, only above this percentage; 100: never.")
    ] = 100
    temperature: Annotated[
        float, Meta(gt=0, description="Not while the processor is hotter (degrees Celsius).")
    ] = 85.0
    load: Annotated[
        float, Meta(gt=0, le=1, description="Not while others use more than this share of the CPU.")
    ] = 0.3
    naps: Annotated[
        bool, Meta(description="Nap by day as well: new memories only, a few minutes.")
    ] = False
    notify: Annotated[
        bool, Meta(description="Say on the desktop that a night has ended, and nothing else.")
    ] = True


class MethodSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The parts of the sleep method; what is off waits for a table that shows its worth."""

    levels: Annotated[
        str,
        Meta(description="Memory levels, fast to slow, each with its period in nights."),
    ] = "day 1, week 7, season 28"
    expansion: Annotated[
        bool, Meta(description="Grow a new expert each time; off: train the last one on.")
    ] = True
    on_policy: Annotated[
        float, Meta(ge=0, le=1, description="Share of answers in the model's own words.")
    ] = 0.0
    imitation: Annotated[
        float, Meta(ge=0, le=1, description="Weight of the imitation reward; 0: off.")
    ] = 0.0
    semantic: Annotated[
        float, Meta(ge=0, le=1, description="Share of meaning, beside wording, in that reward.")
    ] = 0.5
    dreaming: Annotated[int, Meta(ge=0, description="Rounds of dreaming; 0: none.")] = 0
    selection: Annotated[
        Literal["alignment", "norm", "random"],
        Meta(description="Which dreams are tried: by which score of their gradient, or any."),
    ] = "alignment"
    random_expert: Annotated[
        float, Meta(ge=0, le=1, description="Strength of a stray expert while dreaming; 0: none.")
    ] = 0.3
    meaning: Annotated[
        Literal["teacher", "words"],
        Meta(description="Who judges meaning: the teacher, or the accepted words."),
    ] = "teacher"
    teacher_words: Annotated[
        bool, Meta(description="Learn answers as the model words them with the memory before it.")
    ] = False
    anchors: Annotated[
        bool, Meta(description="Hold the model still on everything that is not to be learned.")
    ] = True


class ExamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a new generation must reach to be served."""

    new: Annotated[
        float, Meta(ge=0, le=1, description="Share of questions about new memories answered.")
    ] = 0.6
    old: Annotated[
        float, Meta(ge=0, le=1, description="Share of what it knew of old memories still known.")
    ] = 0.9
    general: Annotated[
        float, Meta(ge=0, le=1, description="Share of right ordinary answers that stay right.")
    ] = 0.9
    in_prompt: Annotated[
        float, Meta(ge=0, le=1, description="The same for questions answered by their prompt.")
    ] = 0.8
    invented: Annotated[
        float, Meta(ge=0, le=1, description="Share of unknown things that may be invented.")
    ] = 0.2
    survival: Annotated[
        float, Meta(ge=0, le=1, description="Share of what was learned that the file must hold.")
    ] = 0.5
    doubt: Annotated[
        float,
        Meta(gt=0, le=0.5, description="Refused if bad luck explains it less often than this."),
    ] = 0.2
    perplexity: Annotated[
        float, Meta(ge=1, description="Perplexity of ordinary text, relative to the base.")
    ] = 1.05


class GenerationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How many model files nights leave on the disk; older ones can be rebuilt."""

    keep: Annotated[int, Meta(ge=2, description="At most so many model files are kept.")] = 5
    gigabytes: Annotated[float, Meta(gt=0, description="And at most so much of them, in GB.")] = (
        20.0
    )


class TuiSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the terminal screens look and listen."""

    theme: Annotated[
        str, Meta(description="Colours: reverie-dark, reverie-light, or a theme of Textual's.")
    ] = "reverie-dark"
    send_key: Annotated[
        str,
        Meta(
            pattern=r"^(enter|ctrl\+s|ctrl\+enter|alt\+enter)$",
            description="enter, ctrl+s, ctrl+enter or alt+enter (the last two need a terminal that"
            " tells them from Enter). With another than enter, Enter makes a new line.",
        ),
    ] = "enter"
    sidebar: Annotated[
        bool, Meta(description="Show the conversations beside the chat where there is room.")
    ] = True


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings; every field has a default, so an empty file is a good file."""

    model: ModelSettings = ModelSettings()
    chat: ChatSettings = ChatSettings()
    sleep: SleepSettings = SleepSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    method: MethodSettings = MethodSettings()
    exam: ExamSettings = ExamSettings()
    generations: GenerationSettings = GenerationSettings()
    tui: TuiSettings = TuiSettings()


class Key(Struct, frozen=True):
    """One setting: its dotted name, its type with bounds, default and meaning."""

    name: str
    type: Any
    default: Any

    @property
    def plain_type(self) -> type:
        """The type without its bounds."""
        plain: type = get_args(self.type)[0]
        return plain

    @property
    def meta(self) -> Meta:
        """Bounds and description."""
        meta: Meta = get_args(self.type)[1]
        return meta

    @property
    def allowed(self) -> str:
        """The allowed values in words: "a number from 0 to 2"."""
        if get_origin(self.plain_type) is Literal:
            return f"one of {', '.join(get_args(self.plain_type))}"
        words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        text, meta = words[self.plain_type], self.meta
        if meta.examples:
            text = f"{text} such as {meta.examples[0]}"
        if meta.ge is not None and meta.le is not None:
            return f"{text} from {meta.ge} to {meta.le}"
        if meta.gt is not None and meta.le is not None:
            return f"{text} above {meta.gt}, at most {meta.le}"
        if meta.ge is not None:
            return f"{text}, at least {meta.ge}"
        if meta.pattern is not None:
            return f"{text} that matches {meta.pattern}"
        return f"{text} above {meta.gt}" if meta.gt is not None else text


def keys() -> dict[str, Key]:
    """Every setting by its dotted name, in the order in which they are shown."""
    return {
        f"{table.name}.{field.name}": Key(f"{table.name}.{field.name}", field.type, field.default)
        for table in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(table.type)
    }


def find_key(name: str) -> Key:
    """The setting called `name`; raises SettingsError that names the nearest ones."""
    known = keys()
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise SettingsError(
        f"There is no setting '{name}'", f"{hint}'reverie config show' lists them all."
    )


def parse(key: Key, value: Any, where: str, *, from_text: bool) -> Any:
    """`value` as the type of `key`; `where` says in errors which file or variable it came from."""
    try:
        return msgspec.convert(value, key.type, strict=not from_text)
    except msgspec.ValidationError as error:
        raise SettingsError(
            f"{where}: {key.name} is {value!r}, but must be {key.allowed}",
            key.meta.description or "",
        ) from error


def load(paths: Paths, env: Mapping[str, str] | None = None) -> Settings:
    """The settings in force: defaults, then the file, then the environment.

    Raises SettingsError for unreadable TOML, unknown names and values out of bounds.
    """
    values = dict(read_file(paths.settings_file))
    values.update(read_env(os.environ if env is None else env))
    return build(values)


def build(values: Mapping[str, Any]) -> Settings:
    """Settings from parsed values by dotted name; what is missing gets its default."""
    tables: dict[str, Table] = {}
    for name, value in values.items():
        table, _, field = name.partition(".")
        tables.setdefault(table, {})[field] = value
    return msgspec.convert(tables, Settings)


def read_file(path: Path) -> Iterator[tuple[str, Any]]:
    """The settings in a TOML file as (dotted name, value); none when there is no such file."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} cannot be read: {error}", "Check its owner and mode."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}", "Correct that line.") from error
    tables = {table.name for table in msgspec.structs.fields(Settings)}
    for table, fields in document.items():
        if table not in tables or not isinstance(fields, dict):
            raise SettingsError(
                f"{path}: there is no table '{table}'",
                f"Settings stand in one of [{'], ['.join(sorted(tables))}].",
            )
        for field, value in fields.items():
            key = find_key(f"{table}.{field}")
            yield key.name, parse(key, value, str(path), from_text=False)


def read_env(env: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The settings in environment variables `REVERIE_TABLE__FIELD` as (dotted name, value)."""
    for variable, text in env.items():
        if not variable.startswith(ENV_PREFIX) or ENV_SEPARATOR not in variable:
            continue
        table, _, field = variable.removeprefix(ENV_PREFIX).partition(ENV_SEPARATOR)
        key = find_key(f"{table}.{field}".lower())
        yield key.name, parse(key, text, variable, from_text=True)


def store(paths: Paths, name: str, text: str) -> Any:
    """Write one setting, given as text, into the user's file and return its value.

    Comments and order of the file stay; the whole file is checked before it replaces the old one.
    """
    import tomlkit

    from assistant.paths import make_private, write_atomic

    key = find_key(name)
    value = parse(key, text, "the value given", from_text=True)
    path = paths.settings_file
    dict(read_file(path))  # a file that is already wrong is reported, not built upon
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    table, _, field = name.partition(".")
    if table not in document:
        document[table] = tomlkit.table()
    document[table][field] = value
    make_private(path.parent)
    write_atomic(path, tomlkit.dumps(document))
    return value
