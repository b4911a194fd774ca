"""`reverie memories forget`, `probe`: take a memory away, show where it was, prove it is gone."""

from typing import TYPE_CHECKING, Any

import click

from assistant.cli import output
from assistant.cli.session import open_journal
from assistant.errors import ReverieError

if TYPE_CHECKING:
    from assistant.forgetting import Forgotten
    from assistant.generations import Generations
    from assistant.proof import Probe, Proof


@click.command()
@click.argument("memory", type=int)
@click.option("--why", is_flag=True, help="Only show every place that it touched; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def forget(memory: int, why: bool, yes: bool, as_json: bool) -> None:
    """Forget a MEMORY: its text, its message, its questions, and the models that know it.

    A model that never knew it is served at once, and asked to prove that; what else was learned
    since waits in the prompt for the next night, which learns it again.
    """
    from dataclasses import asdict

    from assistant.forgetting import forget as forget_memory
    from assistant.generations import Generations
    from assistant.journal.memories import memory as find
    from assistant.proof import probes

    with open_journal() as (paths, journal):
        found = find(journal, memory)
        if why:
            _show_traces(journal, memory, as_json)
            return
        if not yes:
            click.confirm(f"Forget '{found.text}' for good?", abort=True, err=True)
        asked = probes(journal, memory)
        generations = Generations(paths, journal)
        done = forget_memory(journal, generations, memory)
        proof, failed = _prove(generations, asked)
    if as_json:
        shown = None if proof is None else asdict(proof) | {"holds": proof.holds}
        output.data_json(asdict(done) | {"proof": shown})
        return
    _explain(done)
    _explain_proof(proof, failed)


@click.command()
@click.argument("question")
@click.argument("answer")
@click.option("--after", default="", help="How the reply begins: 'Your dog is called'.")
@output.json_option
def probe(question: str, answer: str, after: str, as_json: bool) -> None:
    """Compare how likely ANSWER to QUESTION is under the served model and under the base.

    For proving, whenever you like, that something you had forgotten is in the weights no more. A
    model that was told replies in a sentence: begin it for both, and only ANSWER is compared.
    """
    from dataclasses import asdict

    from assistant.generations import Generations
    from assistant.proof import Probe

    with open_journal() as (paths, journal):
        generations = Generations(paths, journal)
        proof, failed = _prove(generations, [Probe(question, f"{after} {answer}".strip(), answer)])
    if proof is None:
        raise ReverieError(failed, "See 'reverie doctor'.")
    if as_json:
        output.data_json(asdict(proof) | {"holds": proof.holds})
        return
    output.data(f"base    {proof.base:8.3f} nats per token")
    output.data(f"served  {proof.served:8.3f} nats per token")
    output.narrate("No likelier than under the base." if proof.holds else "LIKELIER than there.")


def _prove(generations: "Generations", asked: "list[Probe]") -> "tuple[Proof | None, str]":
    """The proof, or why there is none."""
    from assistant import settings
    from assistant.generations import BASE
    from assistant.proof import prove

    if not asked:
        return None, "no night has made questions about it"
    try:
        base, served = generations.get(BASE), generations.current()
        return prove(base.gguf, served.gguf, asked, settings.load(generations.paths)), ""
    except ReverieError as error:
        return None, error.message


def _show_traces(journal: Any, memory: int, as_json: bool) -> None:
    from dataclasses import asdict

    from assistant.traces import traces

    found = asdict(traces(journal, memory))
    if as_json:
        output.data_json(found)
        return
    words = {
        "text": "memory",
        "messages": "messages that go (with replies)",
        "passages": "messages of which a passage goes",
        "drafts": "conversations with a draft of it",
        "lessons": "questions to teach and examine it",
        "exam_answers": "exam answers",
        "dreams": "dreams about it",
        "corrections": "memories that correct it",
        "mentions": "rows that quote it",
        "taught_in": "nights that taught it",
        "generations": "models that hold it",
        "said_again": "messages that say it and stay",
        "other_memories": "memories that say it and stay",
    }
    for name, title in words.items():
        value = found[name]
        if isinstance(value, list):
            value = ", ".join(map(str, value)) or "none"
        elif isinstance(value, dict):
            value = ", ".join(f"{each} ({n})" for each, n in value.items()) or "none"
        output.data(f"{title:<34} {value}")
    indexed = found["messages"] or found["passages"]
    output.data(f"{'search index':<34} {'its messages' if indexed else 'none'}")
    output.narrate("Exports and backups that you made are not known here.")


def _explain(done: "Forgotten") -> None:
    output.narrate(
        f"Memory {done.memory} is gone from the journal's file, with {done.messages} messages, "
        f"passages of {done.passages} others, its questions, dreams, exam answers and mentions in "
        "reports."
    )
    if done.serving != done.was_serving:
        output.narrate(
            f"Generation {done.was_serving} knew it; generation {done.serving}, which never did, "
            "is served now."
        )
    if done.waiting_again:
        output.narrate(
            f"{len(done.waiting_again)} other memories are back in the prompt until the next night."
        )
    if done.barred:
        numbers = ", ".join(map(str, done.barred))
        output.narrate(f"The models that knew it are barred, and their files deleted: {numbers}.")
    if done.still_said:
        numbers = ", ".join(map(str, done.still_said))
        output.narrate(f"Messages that say it too: {numbers} ('reverie journal search').")
    if done.other_memories:
        numbers = ", ".join(map(str, done.other_memories))
        output.narrate(f"Memories that say it too: {numbers} ('reverie memories show').")
    if not done.emptied:
        output.narrate("Some of the text leaves the disk when other programs close the journal.")
    output.narrate("Backups and exports that you made still hold it.")


def _explain_proof(proof: "Proof | None", failed: str) -> None:
    if proof is None:
        output.narrate(f"Not proved by asking the models: {failed}.")
        return
    verdict = "no likelier" if proof.holds else "LIKELIER"
    output.narrate(
        f"Asked {proof.asked} questions, the answer is {verdict} under the served model than under "
        f"the base ({proof.served:.2f} against {proof.base:.2f} nats per token)."
    )
    if not proof.holds:
        output.narrate("It may have been said in other words: see 'reverie memories list'.")
