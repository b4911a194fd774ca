"""Tokens per second of the engine against llama-cpp-python's own chat completion, on one file.

    python -m tests.benchmarks.bench_engine MODEL.gguf [--rounds 10] [--threads N]

Both take the same messages, greedy sampling and threads, and run in turns, so that what else the
machine does hits both alike. Printed are the medians and the median ratio; with `--journal`, also
that of a whole turn, journal included, to the engine alone.
"""

import argparse
import statistics
import time
from pathlib import Path

from llama_cpp import Llama

from assistant.engine import Engine, Sampling
from assistant.journal import Journal
from assistant.prompt import ChatMessage
from assistant.settings import ChatSettings
from assistant.turn import Assistant, Finished, run_turn
from tests.fixtures_gguf import spare_amx

QUESTION = "Write a long story about a lighthouse keeper and the sea."


def engine_speed(engine: Engine, tokens: int) -> float:
    """Tokens per second of a whole call, the prompt included."""
    engine.logprobs([1], [2])  # forget the last prompt
    started = time.perf_counter()
    with engine.stream([ChatMessage("user", QUESTION)], Sampling.greedy(tokens)) as reply:
        for _ in reply:
            pass
    return len(reply.tokens) / (time.perf_counter() - started)


def llama_speed(llama: Llama, tokens: int) -> float:
    """The same by `create_chat_completion`."""
    llama.reset()
    started = time.perf_counter()
    reply = llama.create_chat_completion(
        [{"role": "user", "content": QUESTION}], temperature=0.0, max_tokens=tokens
    )
    return int(reply["usage"]["completion_tokens"]) / (time.perf_counter() - started)


def turn_speed(asker: Assistant) -> float:
    """Tokens per second of a whole turn, with all its writing to the journal."""
    conversation = asker.journal.new_conversation()
    started = time.perf_counter()
    *_, last = run_turn(asker, conversation, QUESTION)
    assert isinstance(last, Finished)
    return last.stats.reply_tokens / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--journal", type=Path, help="also time turns written to this new journal")
    options = parser.parse_args()
    engine = Engine(options.model, n_ctx=2048, n_threads=options.threads)
    spare_amx()
    llama = Llama(
        str(options.model), n_ctx=2048, n_threads=engine.n_threads,
        n_threads_batch=engine.n_threads, n_gpu_layers=-1, verbose=False,
    )  # fmt: skip
    ours, theirs, turns = [], [], []
    for _ in range(options.rounds):
        ours.append(engine_speed(engine, options.tokens))
        theirs.append(llama_speed(llama, options.tokens))
    print(f"engine                  {statistics.median(ours):7.1f} tokens/s")
    print(f"create_chat_completion  {statistics.median(theirs):7.1f} tokens/s")
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(f"ratio, median of pairs  {statistics.median(ratios):7.3f}")
    if options.journal:
        chat = ChatSettings(temperature=0, max_tokens=options.tokens, system="", repeat_penalty=1)
        with Journal.open(options.journal) as journal:
            asker = Assistant(journal, engine, chat, 0)
            for _ in range(options.rounds):
                turns.append(turn_speed(asker) / engine_speed(engine, options.tokens))
        print(f"turn / engine           {statistics.median(turns):7.3f}")


if __name__ == "__main__":
    main()
