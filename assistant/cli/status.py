"""`reverie status`: what is served, what is running, and how the last night ended."""

from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.plural import counted

if TYPE_CHECKING:
    from assistant.journal import Journal
    from assistant.journal.nights import Night
    from assistant.paths import Paths


@click.command()
@output.json_option
def status(as_json: bool) -> None:
    """Say what is served, what runs, what waits, and how the last night ended."""
    with open_journal() as (paths, journal):
        state = gather(paths, journal)
    if as_json:
        output.data_json(state)
        return
    name = "the base model" if state["generation"] == 0 else f"generation {state['generation']}"
    output.data(f"serving     {name} ({state['model']})")
    held = [f"{each['name']} {each['memories']}" for each in state["levels"] if each["experts"]]
    if held:
        output.data(f"holding     {', '.join(held)} memories, by level")
    running = state["running"]
    if running:
        since = output.when(running["started"])
        output.data(f"asleep      night {running['night']}, {running['stage']}, since {since}")
    last = state["last_night"]
    if last:
        why = f": {last['reason']}" if last["reason"] else ""
        output.data(f"last night  {output.when(last['started'])} {last['status']}{why}")
    else:
        output.data("last night  none yet ('reverie sleep' starts one)")
    _say_schedule(state["next_night"], state["decision"])
    from assistant.recollect import IN_PROMPT

    new = state["new_messages"]
    waiting = sum(state["memories"].get(each, 0) for each in IN_PROMPT)
    messages, memories = counted(new, "message"), counted(waiting, "memory", "memories")
    output.data(f"waiting     {messages} not slept on, {memories} in the prompt")
    if state["paused"]:
        output.data("learning    paused ('reverie memories pause --off' ends it)")


def _say_schedule(coming: dict[str, Any] | None, decision: dict[str, Any] | None) -> None:
    if coming is None:
        output.data("next night  when you start it ('reverie schedule install' lets them happen)")
    else:
        output.data(f"next night  {output.when(coming['at'])} (window {coming['window']})")
    if decision is not None:
        said = f"{decision['decision']}: {decision['reason']}"
        output.data(f"decided     {output.when(decision['at'])} {said}")


def gather(paths: "Paths", journal: "Journal") -> dict[str, Any]:
    """The state as it is printed by `--json`."""
    from datetime import datetime

    from assistant import settings
    from assistant.generations import Generations
    from assistant.journal import memories as ledger
    from assistant.journal import nights as store
    from assistant.levels import levels_of
    from assistant.schedule.outlook import last_decision, next_night

    rules = settings.load(paths).schedule
    generations = Generations(paths, journal)
    current = generations.current()
    nights = store.nights(journal, limit=1)
    running = next((night for night in nights if night.running), None)
    with journal.reading() as db:
        counts = db.execute("SELECT state, count(*) FROM memories GROUP BY state").fetchall()
        read = db.execute("SELECT coalesce(max(upto_message), 0) FROM nights").fetchone()[0]
    return {
        "generation": current.id,
        "model": str(current.gguf),
        "levels": [
            {"name": x.name, "experts": len(x.experts), "memories": len(x.memories)}
            for x in levels_of(generations, current.id)
        ],
        "running": _running(running),
        "last_night": _last(nights[0]) if nights else None,
        "next_night": next_night(journal, paths, rules, datetime.now().astimezone()),
        "decision": last_decision(journal),
        "new_messages": sum(1 for message in journal.since(read) if message.role == "user"),
        "memories": dict(counts),
        "paused": ledger.paused(journal),
    }


def _running(night: "Night | None") -> dict[str, Any] | None:
    if night is None:
        return None
    stage = night.stages[-1].name if night.stages else "starting"
    return {"night": night.id, "stage": stage, "started": night.started, "pid": night.pid}


def _last(night: "Night") -> dict[str, Any]:
    return {
        "night": night.id,
        "started": night.started,
        "ended": night.ended,
        "status": "running" if night.running else night.outcome,
        "reason": night.reason,
        "generation": night.generation,
    }
