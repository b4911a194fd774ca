"""The engine, on tiny random models."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.engine import Engine, Sampling
from assistant.errors import BusyError, Interrupted, ReverieError
from assistant.prompt import ChatMessage
from assistant.tokenizer import Tokenizer
from tests.fixtures_gguf import make_tiny_gguf

GREEDY = Sampling.greedy


@pytest.fixture(scope="module")
def engine(tiny_gguf: Callable[..., Path]) -> Iterator[Engine]:
    opened = Engine(tiny_gguf("llama"), n_ctx=1024, n_threads=1)
    yield opened
    opened.close()


def user(text: str) -> list[ChatMessage]:
    return [ChatMessage("system", "Be kind."), ChatMessage("user", text)]


def test_streams_text_and_counts(engine):
    with engine.stream(user("Hello"), GREEDY(12)) as reply:
        pieces = list(reply)
    stats = reply.stats
    assert "".join(pieces).rstrip("�") in engine.detokenize(reply.tokens)
    assert stats.prompt_tokens == len(engine.prompt_ids(user("Hello")))
    assert stats.reply_tokens == len(reply.tokens) <= 12
    assert stats.finish in ("length", "end")
    assert stats.ttft_s > 0
    assert stats.tokens_per_s > 0


def test_max_tokens_is_exact_and_zero_gives_nothing(engine):
    with engine.stream(user("One"), Sampling(seed=3, temperature=2.0, max_tokens=5)) as reply:
        list(reply)
    assert len(reply.tokens) == 5 or reply.stats.finish == "end"
    with engine.stream(user("One"), GREEDY(0)) as reply:
        assert list(reply) == []
    assert reply.stats.finish == "length"


@pytest.mark.parametrize("arch", ["llama", "qwen2", "qwen3", "gemma3"])
def test_the_cache_changes_nothing_but_the_time(tiny_gguf, arch):
    """Greedy replies of one engine used turn after turn equal those of a fresh one."""
    path = tiny_gguf(arch)
    engine = Engine(path, n_ctx=512, n_threads=1)
    first = engine.prompt_ids(user("It was a bright cold day and the woman who lived there"))
    reply = engine.complete(first, GREEDY(20))
    second = [*first, *reply, *engine.tokenize("<|im_end|>\n<|im_start|>user\nAnd then?")]
    with engine.stream(second, GREEDY(20)) as continued:
        list(continued)
    assert continued.stats.cached_tokens >= len(first) + len(reply) - 1
    other = [*second[:10], *engine.tokenize("something else")]
    branched = engine.complete(other, GREEDY(20))
    engine.close()
    for prompt, expected in ((second, continued.tokens), (other, branched)):
        fresh = Engine(path, n_ctx=512, n_threads=1)
        assert fresh.complete(prompt, GREEDY(20)) == expected
        fresh.close()


def test_second_turn_reads_only_what_is_new(engine):
    history = user("What is the name of the dog that sleeps under the table?")
    with engine.stream(history, GREEDY(16)) as reply:
        text = "".join(reply)
    first = reply.stats
    history += [ChatMessage("assistant", text), ChatMessage("user", "And its age?")]
    with engine.stream(history, GREEDY(4)) as again:
        list(again)
    assert again.stats.cached_tokens >= first.prompt_tokens
    with engine.stream(history, GREEDY(4)) as repeated:
        list(repeated)
    assert repeated.stats.cached_tokens == repeated.stats.prompt_tokens - 1
    assert repeated.tokens == again.tokens


def test_seeded_sampling_repeats_and_unseeded_does_not(engine):
    def sample(seed: int | None) -> tuple[int, ...]:
        wild = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, max_tokens=24, seed=seed)
        return tuple(engine.complete(engine.prompt_ids(user("Dream")), wild))

    assert sample(7) == sample(7)
    assert sample(7) != sample(8)
    assert sample(None) != sample(None)


def test_repeat_penalty_is_applied(engine):
    prompt = engine.prompt_ids(user("Say it again"))
    plain = engine.complete(prompt, GREEDY(40))
    punished = engine.complete(prompt, Sampling(temperature=0, repeat_penalty=2.0, max_tokens=40))
    assert len(set(punished)) > len(set(plain)) or len(punished) != len(plain)


def test_stop_from_another_thread_ends_within_a_token(engine):
    with engine.stream(user("Go on for long"), Sampling(temperature=1.0, seed=1)) as reply:
        next(reply)
        before = len(reply.tokens)
        thread = threading.Thread(target=engine.stop)
        thread.start()
        thread.join()
        rest = list(reply)
    assert reply.stats.finish == "stopped"
    assert len(rest) <= 1
    assert len(reply.tokens) - before <= 1
    assert engine.complete(engine.prompt_ids(user("And now?")), GREEDY(3))


def test_stop_while_a_long_prompt_is_read(tiny_gguf):
    engine = Engine(tiny_gguf("llama"), n_ctx=2048, n_threads=1)
    prompt = engine.tokenize("the house at the end of the road " * 300)[:2000]
    expected = engine.complete(prompt[:100], GREEDY(5))
    engine.logprobs([1], [2])  # forget the prompt
    with engine.stream(prompt, GREEDY(50)) as reply:
        engine.stop()  # before the first decode: stands for any moment within it
        assert list(reply) == []
    assert reply.stats.finish == "stopped"
    assert engine.complete(prompt[:100], GREEDY(5)) == expected, "what was half-read did harm"
    engine.close()


def test_the_stop_flag_aborts_a_running_decode(tiny_gguf):
    """A second thread raises the flag while llama.cpp computes; the decode ends early."""
    engine = Engine(tiny_gguf("gemma3"), n_ctx=2048, n_threads=1)
    prompt = engine.tokenize("bread with butter and flowers " * 400)[:2000]
    stopped = 0
    for _ in range(20):
        with engine.stream(prompt, GREEDY(1)) as reply:
            timer = threading.Timer(0.002, engine.stop)
            timer.start()
            list(reply)
            timer.join()
        stopped += reply.stats.finish == "stopped"
        engine.logprobs([1], [2])
    assert stopped
    engine.close()


def test_stop_without_a_reply_does_nothing(engine):
    engine.stop()
    assert engine.complete(engine.prompt_ids(user("Still there?")), GREEDY(3))


def test_a_second_call_is_refused_while_the_first_runs(engine):
    prompt = engine.prompt_ids(user("Hello"))
    with engine.stream(prompt, GREEDY(5)) as reply:
        next(reply)
        for call in (
            lambda: engine.stream(prompt, GREEDY(5)),
            lambda: engine.complete_batch([prompt], 5),
            lambda: engine.logprobs(prompt, [3]),
        ):
            with pytest.raises(BusyError, match="already answering"):
                call()
    assert engine.complete(prompt, GREEDY(3))


def test_leaving_a_reply_early_gives_the_engine_back(engine):
    with engine.stream(user("Hello"), Sampling(seed=1)) as reply:
        next(reply)
    assert reply.stats.finish == "stopped"
    assert engine.complete(engine.prompt_ids(user("Hello")), GREEDY(3))


def test_window(engine, tiny_gguf):
    small = Engine(tiny_gguf("llama"), n_ctx=256, n_threads=1)
    prompt = small.tokenize("the garden and the river " * 100)
    with pytest.raises(ReverieError, match=r"prompt is [\d,]+ tokens long; the window holds 256"):
        small.stream(prompt, GREEDY(5))
    sampling = Sampling(temperature=1.0, seed=1, max_tokens=1000)
    with small.stream(prompt[:250], sampling) as reply:
        list(reply)
    assert reply.stats.finish in ("window", "end")
    assert len(reply.tokens) <= 7
    small.close()


def test_empty_prompt_is_refused(engine):
    with pytest.raises(ReverieError, match="empty"):
        engine.stream([], GREEDY(5))


def test_the_window_is_capped_by_the_model(tiny_gguf):
    engine = Engine(tiny_gguf("llama"), n_ctx=100_000, n_threads=1)
    assert engine.n_ctx == engine.info.n_ctx_train == 2048
    engine.close()


def test_pieces_are_whole_characters(engine, monkeypatch):
    """Tokens that are single bytes of longer characters come out joined, never as halves."""
    wanted = "é — 你好 🙂 z"
    forced = iter([*engine.tokenize(wanted), engine.info.eos_id])
    monkeypatch.setattr("assistant.engine.Sampler.draw", lambda *_: next(forced))
    with engine.stream(user("Hi"), GREEDY(100)) as reply:
        pieces = list(reply)
    assert "".join(pieces) == wanted
    assert len(reply.tokens) > len(pieces), "some tokens must be parts of characters"
    assert all("�" not in piece for piece in pieces)


def test_a_reply_cut_inside_a_character_drops_the_half(engine, monkeypatch):
    forced = iter(engine.tokenize("ok 🙂")[:-1])
    monkeypatch.setattr("assistant.engine.Sampler.draw", lambda *_: next(forced))
    with engine.stream(user("Hi"), GREEDY(len(engine.tokenize("ok 🙂")) - 1)) as reply:
        assert "".join(reply) == "ok "


# -- likelihoods


def reference_logprobs(engine: Engine, tokens: list[int], first: int) -> list[float]:
    """Token by token with llama-cpp-python's own class, all logits kept."""
    from llama_cpp import Llama

    llama = Llama(str(engine.info.path), n_ctx=512, logits_all=True, verbose=False, n_threads=1)
    llama.eval(tokens)
    logits = np.array(llama.scores[: len(tokens)], dtype=np.float64)
    table = logits - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True))
    table -= logits.max(1, keepdims=True)
    llama.close()
    return [float(table[at - 1, tokens[at]]) for at in range(first, len(tokens))]


def test_logprobs_equal_a_plain_evaluation(engine):
    prefix = engine.prompt_ids(user("My mother reads to the children every evening"))
    for text in ("I work at a hospital near the river. " * 6, "You have not told me"):
        continuation = engine.tokenize(text)
        ours = engine.logprobs(prefix, continuation)
        expected = reference_logprobs(engine, [*prefix, *continuation], len(prefix))
        np.testing.assert_allclose(ours, expected, atol=2e-2)
    assert engine.logprobs(prefix, []) == []


def test_logprobs_refuse_what_cannot_be_scored(engine):
    with pytest.raises(ReverieError, match="at least one token"):
        engine.logprobs([], [1])
    with pytest.raises(ReverieError, match="do not fit"):
        engine.logprobs([1] * 1000, [1] * 100)


# -- batches


def questions(engine: Engine, n: int) -> list[list[int]]:
    things = ("dog", "cat", "garden", "river", "hospital", "colour", "sister", "mother", "friend")
    return [
        engine.prompt_ids(user(f"What is the name of the {things[i % 9]}" + " please" * (i % 4)))
        for i in range(n)
    ]


@pytest.mark.parametrize("arch", ["llama", "gemma3"])
def test_batch_gives_what_single_prompts_give(tiny_gguf, arch):
    engine = Engine(tiny_gguf(arch, "F32"), n_ctx=1024, n_threads=1)
    prompts = questions(engine, 21)
    single = [engine.complete(prompt, GREEDY(12)) for prompt in prompts]
    assert engine.complete_batch(prompts, 12) == single
    assert engine.complete_batch(prompts[::-1], 12) == single[::-1], "second run, shared prefix"
    assert engine.complete_batch(prompts[:1], 12) == single[:1]
    engine.close()


def test_batch_larger_than_the_window_waits_its_turn(tiny_gguf):
    engine = Engine(tiny_gguf("llama", "F32"), n_ctx=256, n_threads=1)
    prompts = [engine.tokenize(f"{word} " * 60)[:100] for word in ("dog", "sister", "river")]
    single = [engine.complete(prompt, GREEDY(60)) for prompt in prompts]
    assert engine.complete_batch(prompts, 60) == single
    with pytest.raises(ReverieError, match=r"needs \d+ tokens; the window holds 256"):
        engine.complete_batch(prompts, 200)
    engine.close()


def test_replies_of_a_batch_are_told_one_by_one_as_they_end(engine):
    prompts = [[5, 6, 7, n] for n in range(8, 48)]
    told: dict[int, list[int]] = {}
    whole = engine.complete_batch(
        prompts, 6, ended=lambda place, reply: told.__setitem__(place, list(reply))
    )
    assert told == dict(enumerate(whole))
    few: list[int] = []

    def stop(place: int, _reply: Sequence[int]) -> None:
        few.append(place)
        engine.stop()

    with pytest.raises(Interrupted):
        engine.complete_batch(prompts, 6, ended=stop)
    assert 0 < len(few) < len(prompts), "the others were not made yet"


def test_batch_sampling_is_seeded_per_prompt(engine):
    prompt = questions(engine, 1)[0]
    sampling = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=5)
    first = engine.complete_batch([prompt] * 6, 16, sampling)
    assert first == engine.complete_batch([prompt] * 6, 16, sampling)
    assert len({tuple(reply) for reply in first}) > 1


def test_empty_batches(engine):
    assert engine.complete_batch([], 5) == []
    assert engine.complete_batch([[1, 2], [3]], 0) == [[], []]
    with pytest.raises(ReverieError, match="empty"):
        engine.complete_batch([[1], []], 5)


def test_a_stopped_batch_says_so_and_leaves_nothing_behind(engine, monkeypatch):
    prompts = questions(engine, 5)
    expected = engine.complete_batch(prompts, 8)
    original, calls = engine._batch.decode, []

    def decode(rows):
        calls.append(rows)
        if len(calls) == 3:
            engine.stop()
        original(rows)

    monkeypatch.setattr(engine._batch, "decode", decode)
    with pytest.raises(Interrupted):
        engine.complete_batch(prompts, 8)
    monkeypatch.undo()
    assert engine.complete_batch(prompts, 8) == expected


# -- tokens


def bos_file(path: Path, tiny: Path, *, add_bos: bool, template: str) -> Path:
    """A copy of a tiny model with another BOS rule and template."""
    import gguf

    reader = gguf.GGUFReader(tiny)
    writer = gguf.GGUFWriter(path, "llama")
    replaced = {"tokenizer.ggml.add_bos_token", "tokenizer.chat_template"}
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        if field.name not in replaced:
            sub_type = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type)
    writer.add_add_bos_token(add_bos)
    writer.add_chat_template(template)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


PLAIN = "{% for m in messages %}{{ m.content }}{% endfor %}"


@pytest.mark.parametrize(
    ("add_bos", "template", "expected"),
    [
        (True, PLAIN, 1),
        (True, "{{ bos_token }}" + PLAIN, 1),
        (False, "{{ bos_token }}" + PLAIN, 1),
        (False, PLAIN, 0),
    ],
)
def test_never_two_beginnings(tmp_path, tiny_gguf, add_bos, template, expected):
    path = bos_file(tmp_path / "m.gguf", tiny_gguf("llama"), add_bos=add_bos, template=template)
    tokenizer = Tokenizer(path)
    ids = tokenizer.prompt_ids([ChatMessage("user", "the dog")])
    assert sum(token == tokenizer.info.bos_id for token in ids) == expected
    assert ids[expected:] == tokenizer.tokenize("the dog")
    tokenizer.model.close()


def test_tokenizer_alone_gives_the_ids_of_the_engine(engine):
    alone = Tokenizer(engine.info.path)
    text = user("My brother works in the garden. é 你好 <|im_end|>")
    assert alone.prompt_ids(text) == engine.prompt_ids(text)
    assert alone.detokenize(alone.tokenize("Grüße, 你好 🙂")) == "Grüße, 你好 🙂"
    assert alone.count("the dog") == len(alone.tokenize("the dog"))
    assert alone.tokenize("<|im_end|>", special=False) != alone.tokenize("<|im_end|>")
    alone.model.close()


# -- loading


def test_a_model_llama_cpp_cannot_run_says_why(tmp_path, tiny_gguf):
    path = tmp_path / "odd.gguf"
    content = tiny_gguf("llama").read_bytes()
    path.write_bytes(content.replace(b"llama", b"lxama"))
    with pytest.raises(ReverieError, match=r"could not load odd.gguf: .*lxama"):
        Engine(path, n_threads=1)


def test_nothing_is_printed(tmp_path):
    """llama.cpp's chatter goes to Python's logging; stdout and stderr stay the caller's."""
    path = make_tiny_gguf("llama", tmp_path / "m.gguf")
    code = (
        "from pathlib import Path; from assistant.engine import Engine, Sampling\n"
        f"e = Engine(Path({str(path)!r}), n_ctx=256, n_threads=1)\n"
        "e.complete([5, 6, 7], Sampling.greedy(3)); e.complete_batch([[5, 6]], 2); e.close()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (run.stdout, run.stderr) == (b"", b"")


def test_llama_cpp_logs_to_logging(tiny_gguf, caplog):
    with caplog.at_level(logging.DEBUG, logger="reverie.llama"):
        Engine(tiny_gguf("llama"), n_ctx=256, n_threads=1).close()
    assert any("general.architecture" in record.message for record in caplog.records)
