"""llama.cpp behind a few small typed classes; the only module that touches its C interface.

Used instead of `llama_cpp.Llama` because that class has no batches of several sequences, no way to
stop a prompt half-read, prints to stderr, and falls back on another chat format without a word.
Importing this module loads llama.cpp (about 0.3 s). It opens no sockets.
"""

from __future__ import annotations

import ctypes
import logging
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import llama_cpp.llama_cpp as C  # the C interface, one to one
import numpy as np
import numpy.typing as npt

from assistant.errors import ReverieError

log = logging.getLogger("reverie.llama")
log.addHandler(logging.NullHandler())  # where nobody listens, nothing goes to stderr

_LEVELS: Final = {3: logging.WARNING, 4: logging.ERROR}  # ggml's; all else is for debugging
_RANDOM_SEED: Final = 0xFFFFFFFF
_PENALTY_WINDOW: Final = 64
_last_errors: deque[str] = deque(maxlen=4)


@C.llama_log_callback  # type: ignore[untyped-decorator]  # ctypes
def _to_logging(level: int, text: bytes, user_data: object) -> None:
    """llama.cpp's own log lines, which would otherwise go to stderr and over the screen."""
    line = text.decode("utf-8", "replace").rstrip()
    if line:
        log.log(_LEVELS.get(level, logging.DEBUG), "%s", line)
    if level == 4:
        _last_errors.append(line)


def _stop_check() -> Any:
    """An abort callback for llama.cpp that needs no Python, hence no GIL: the C library's strlen.

    llama.cpp calls it before every node of the graph, with the address of a stop flag. The flag is
    a C string: empty means go on (length 0, false), one character means stop (length 1, true).
    """
    libc = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
    return C.ggml_abort_callback(ctypes.cast(libc.strlen, ctypes.c_void_p).value)


@cache
def crashes_on_amx() -> bool:
    """Whether this llama.cpp was built with AMX kernels, which die on many processors that have it.

    Their tile configuration can be lost to the optimizer (llama.cpp pull request 26954). They are
    used through the "extra" buffer types alone, so leaving those out avoids them; so does losing
    the repacked 4-bit kernels, which matters less than not crashing.
    """
    return b"AMX_INT8 = 1" in C.llama_print_system_info()


class Stopped(Exception):  # asked for, not an error
    """The stop flag was raised while llama.cpp was computing."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. `temperature` 0 takes the likeliest; then nothing else counts
    but `repeat_penalty`. `seed` None: another reply every time."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None

    @classmethod
    def greedy(cls, max_tokens: int = 1024) -> Sampling:
        """The likeliest token each time."""
        return cls(temperature=0.0, max_tokens=max_tokens)


class Model:
    """Weights and vocabulary of one GGUF. With `vocab_only` it tokenizes and nothing else."""

    def __init__(self, path: Path, n_gpu_layers: int = -1, vocab_only: bool = False) -> None:
        C.llama_log_set(_to_logging, ctypes.c_void_p(0))
        C.llama_backend_init()
        params = C.llama_model_default_params()
        params.n_gpu_layers = 0x7FFFFFFF if n_gpu_layers < 0 else n_gpu_layers
        params.load_mode = C.LLAMA_LOAD_MODE_MMAP
        params.vocab_only = vocab_only
        params.use_extra_bufts = not crashes_on_amx()
        _last_errors.clear()
        self.handle = C.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            why = "; ".join(_last_errors) or "llama.cpp gives no reason"
            raise ReverieError(
                f"llama.cpp could not load {path.name}: {why}",
                hint="It may be damaged, too big for the memory, or newer than this llama.cpp.",
            )
        self._vocab = C.llama_model_get_vocab(self.handle)
        self.n_vocab = int(C.llama_vocab_n_tokens(self._vocab))
        self.n_ctx_train = int(C.llama_model_n_ctx_train(self.handle))
        self.bos = self._text(C.llama_vocab_bos(self._vocab))
        self.eos = self._text(C.llama_vocab_eos(self._vocab))
        self.adds_bos = bool(C.llama_vocab_get_add_bos(self._vocab))
        self.adds_eos = bool(C.llama_vocab_get_add_eos(self._vocab))

    def _text(self, token: int) -> str:
        return "" if token < 0 else str(C.llama_vocab_get_text(self._vocab, token).decode("utf-8"))

    def tokenize(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        """Token ids of `text`; `add_special` puts BOS and EOS where the file asks for them."""
        raw = text.encode("utf-8", "replace")
        size = len(raw) + 4
        while True:
            tokens = (C.llama_token * size)()
            n = C.llama_tokenize(
                self._vocab, raw, len(raw), tokens, size, add_special, parse_special
            )
            if n >= 0:
                return list(tokens[:n])
            size = -n

    def piece(self, token: int, special: bool = False) -> bytes:
        """The bytes of one token, which may be part of a character; control tokens have none."""
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n = C.llama_token_to_piece(self._vocab, token, buffer, size, 0, special)
            if n >= 0:
                return buffer.raw[:n]
            size = -n

    def ends(self, token: int) -> bool:
        """Whether this token ends a reply: the file's eos, eot, and what else it marks so."""
        return bool(C.llama_vocab_is_eog(self._vocab, token))

    def close(self) -> None:
        """Free the weights; all contexts must be closed before."""
        if self.handle:
            C.llama_model_free(self.handle)
            self.handle = None


class Context:
    """A KV cache of `n_ctx` cells, shared by `n_seq` sequences, and the decoding into it."""

    def __init__(
        self, model: Model, n_ctx: int, n_threads: int, n_seq: int = 1, n_batch: int = 512
    ) -> None:
        params = C.llama_context_default_params()
        params.n_ctx = n_ctx
        params.n_batch = params.n_ubatch = min(n_ctx, n_batch)
        params.n_seq_max = n_seq
        params.kv_unified = True
        params.n_threads = params.n_threads_batch = n_threads
        _last_errors.clear()
        self.handle = C.llama_init_from_model(model.handle, params)
        if not self.handle:
            why = "; ".join(_last_errors) or "llama.cpp gives no reason"
            raise ReverieError(
                f"llama.cpp could not set up a window of {n_ctx:,} tokens: {why}",
                hint="Lower model.n_ctx, or choose a smaller model.",
            )
        self.model = model
        self.n_seq = n_seq
        self.n_ctx = int(C.llama_n_ctx(self.handle))
        self.n_batch = int(params.n_batch)
        self._memory = C.llama_get_memory(self.handle)
        self._batch = C.llama_batch_init(self.n_batch, 0, 1)
        self._stop_flag = ctypes.create_string_buffer(2)
        self._stop_check = _stop_check()
        C.llama_set_abort_callback(self.handle, self._stop_check, ctypes.addressof(self._stop_flag))

    def stop(self) -> None:
        """Make the running and every further decode raise Stopped; from any thread."""
        self._stop_flag[0] = b"s"

    def resume(self) -> None:
        """Take the stop flag down again."""
        self._stop_flag[0] = b"\0"

    @property
    def stopping(self) -> bool:
        """Whether the stop flag is up."""
        return self._stop_flag[0] != b"\0"

    def decode(self, rows: Sequence[tuple[int, int, int, bool]]) -> None:
        """Evaluate rows of (token, position, sequence, wants logits), at most n_batch of them.

        Raises Stopped when the stop flag goes up; what of the rows was kept is then undefined.
        """
        batch = self._batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wants_logits) in enumerate(rows):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = wants_logits
        code = C.llama_decode(self.handle, batch)
        if code == 2 or self.stopping:
            raise Stopped
        if code == 1:
            raise ReverieError(
                f"the window of {self.n_ctx:,} tokens is full", hint="Raise model.n_ctx."
            )
        if code != 0:
            raise ReverieError(
                f"llama.cpp failed while computing (code {code}): {'; '.join(_last_errors)}",
                hint="On a GPU this is often a lack of memory: lower model.n_gpu_layers.",
            )

    def logits(self, row: int) -> npt.NDArray[np.float32]:
        """Logits [n_vocab] of that row of the last decode; a view, valid until the next one."""
        pointer = C.llama_get_logits_ith(self.handle, row)
        view: npt.NDArray[np.float32] = np.ctypeslib.as_array(pointer, shape=(self.model.n_vocab,))
        return view

    def forget(self, sequence: int, start: int = 0) -> bool:
        """Drop a sequence from position `start` on; False if it can only be dropped whole."""
        return bool(C.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def share(self, source: int, target: int, end: int) -> None:
        """Let `target` see the first `end` positions of `source` without copying them."""
        C.llama_memory_seq_cp(self._memory, source, target, 0, end)

    def close(self) -> None:
        """Free the cache and buffers."""
        if self.handle:
            C.llama_batch_free(self._batch)
            C.llama_free(self.handle)
            self.handle = None


class Sampler:
    """Draws tokens from the logits of a decode, remembering what it drew for `repeat_penalty`."""

    def __init__(self, model: Model, sampling: Sampling, seed_offset: int = 0) -> None:
        self._chain = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
        for part in self._parts(model.n_vocab, sampling, seed_offset):
            C.llama_sampler_chain_add(self._chain, part)

    @staticmethod
    def _parts(n_vocab: int, sampling: Sampling, seed_offset: int) -> list[Any]:
        parts = []
        if sampling.repeat_penalty != 1.0:
            parts.append(
                C.llama_sampler_init_penalties(
                    n_vocab, _PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0
                )
            )
        if sampling.temperature <= 0:
            return [*parts, C.llama_sampler_init_greedy()]
        seed = _RANDOM_SEED if sampling.seed is None else (sampling.seed + seed_offset) % 2**32
        return [
            *parts,
            C.llama_sampler_init_top_k(sampling.top_k),
            C.llama_sampler_init_top_p(sampling.top_p, 1),
            C.llama_sampler_init_min_p(sampling.min_p, 1),
            C.llama_sampler_init_temp(sampling.temperature),
            C.llama_sampler_init_dist(seed),
        ]

    def draw(self, context: Context, row: int) -> int:
        """The next token, from the logits of `row` of the last decode."""
        return int(C.llama_sampler_sample(self._chain, context.handle, row))

    def close(self) -> None:
        """Free the chain."""
        if self._chain:
            C.llama_sampler_free(self._chain)
            self._chain = None
