"""`reverie config` and `reverie paths`: settings, and where everything is."""

import click

from assistant.cli import output
from assistant.cli.session import home
from assistant.paths import Paths


@click.group()
def config() -> None:
    """Show and change settings."""


@config.command()
@output.json_option
def show(as_json: bool) -> None:
    """Show every setting that is in force, with its meaning."""
    import msgspec

    from assistant import settings

    values = msgspec.to_builtins(settings.load(Paths.resolve()))
    if as_json:
        output.data_json(values)
        return
    for name, key in settings.keys().items():
        table, _, field = name.partition(".")
        output.data(f"{name} = {values[table][field]!r}")
        output.data(f"    {key.meta.description} ({key.allowed}; default {key.default!r})")


@config.command(name="set")
@click.argument("name")
@click.argument("value")
def set_(name: str, value: str) -> None:
    """Set NAME (such as chat.temperature) to VALUE in the settings file.

    Write `--` before a negative number: reverie config set -- chat.seed -1
    """
    from assistant import settings

    paths = home()
    stored = settings.store(paths, name, value)
    output.narrate(f"{name} = {stored!r} in {paths.settings_file}")


@config.command()
def path() -> None:
    """Print where the settings file is (it need not exist)."""
    output.data(str(Paths.resolve().settings_file))


@click.command()
@output.json_option
def paths(as_json: bool) -> None:
    """Print where everything is kept."""
    places = Paths.resolve()
    rows = {
        "config": places.config_dir,
        "settings": places.settings_file,
        "data": places.data_dir,
        "journal": places.journal,
        "base": places.base_dir,
        "generations": places.generations_dir,
        "state": places.state_dir,
        "logs": places.logs_dir,
        "cache": places.cache_dir,
    }
    if as_json:
        output.data_json({name: str(place) for name, place in rows.items()})
        return
    for name, place in rows.items():
        output.data(f"{name:<12} {place}")
