"""A machine with two GPUs that are none, as a program: what the engine does on them, against one.

    python -m tests.sleep.two_cards WEIGHTS ...

Tensors "on" a card are wrappers around ordinary ones; whatever mixes the two cards, or a card and
the processor, is refused as a GPU would. torch is told of the device once and for all, so this
runs in a process of its own. Prints one line of JSON for each folder of weights.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import torch.utils.checkpoint
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map_only
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

KIND = "card"
_BETWEEN = ("_to_copy", "copy_", "_local_scalar_dense", "set_")
"""What carries values from one place to another."""
_INDEXING = ("index", "index_put_", "index_select")
"""A GPU's tensors may be indexed by tensors of the processor."""


class OnCard(Tensor):
    """A tensor that says it lies on a card; `held` is where it really is.

    To torch's own machinery it lies where `held` does, so that gradients need no device's threads.
    """

    held: Tensor
    card: torch.device

    @staticmethod
    def __new__(cls, held: Tensor, card: torch.device) -> "OnCard":
        made: OnCard = torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=held.device,
        )
        made.held, made.card = held.detach(), card
        return made

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func == _DEVICE:
            return args[0].card
        if func == Tensor.tolist:
            return args[0].held.tolist()
        asked = kwargs.get("device", args[1] if len(args) > 1 else None)
        if func == Tensor.cpu or (func == Tensor.to and isinstance(asked, str | torch.device)):
            target = torch.device("cpu" if func == Tensor.cpu else asked)
            x = args[0] if target == args[0].card else _Moved.apply(args[0], target)
            return x.to(kwargs["dtype"]) if "dtype" in kwargs else x
        return super().__torch_function__(func, types, args, kwargs)

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # a class method of tensors, says torch
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return _run(func, args, kwargs or {})


_DEVICE = Tensor.device.__get__


class _Moved(torch.autograd.Function):
    """A tensor carried from a card to another place, and its gradient back to it."""

    @staticmethod
    def forward(ctx: Any, x: OnCard, target: torch.device) -> Tensor:
        ctx.card = x.card
        return x.held.clone() if target.type == "cpu" else OnCard(x.held.clone(), target)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (back,) = gradients
        return OnCard(back.held if isinstance(back, OnCard) else back, ctx.card), None


class Machine(TorchDispatchMode):
    """Within it, tensors can be made on the cards."""

    backward = False
    """Gradients are on their way: what torch fills up with zeros lies where it believes to be."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    given = tree_flatten((args, kwargs))[0]
    tensors = [x for x in given if isinstance(x, Tensor)]
    name = func.overloadpacket.__name__
    target = _place(name, tensors)
    asked = next((x for x in given if isinstance(x, torch.device)), None)
    target = target if asked is None else asked
    plain = tree_map_only(OnCard, lambda x: x.held, (args, kwargs))
    plain = tree_map_only(torch.device, lambda _: torch.device("cpu"), plain)
    result = func(*plain[0], **plain[1])
    if name.endswith("_") or "out" in kwargs:
        return kwargs.get("out", args[0])
    if target is None or target.type != KIND:
        return result
    return tree_map_only(Tensor, lambda x: OnCard(x, target), result)


def _place(name: str, tensors: list[Tensor]) -> torch.device | None:
    """Where an operation takes place; RuntimeError when its tensors lie apart."""
    places = [x.card if isinstance(x, OnCard) else None for x in tensors]
    if name in _BETWEEN:
        return places[0]
    first = next(filter(None, places), None)
    apart = [at for x, at in zip(tensors, places, strict=True) if at != first and x.dim() > 0]
    lenient = Machine.backward or name in _INDEXING
    if apart and not (lenient and set(apart) == {None}):
        raise RuntimeError(f"{name} of tensors that lie apart: {places}")
    return first


def _backward(loss: Tensor) -> None:
    """What `loss.backward()` does, which hides from all that it calls on which cards things lie."""
    torch.autograd.graph._engine_run_backward(
        (loss,),
        (torch.ones_like(loss),),
        keep_graph=False,
        create_graph=False,
        inputs=(),
        allow_unreachable=True,
        accumulate_grad=True,
    )


class _Cards:
    """The module `torch.card`, as far as it is asked."""

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def _is_in_bad_fork(self) -> bool:
        return False

    def manual_seed_all(self, seed: int) -> None:
        del seed

    def current_device(self) -> int:
        return 0

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def device_count(self) -> int:
        return 2

    def mem_get_info(self, device: int) -> tuple[int, int]:
        del device
        return 10**9, 10**9


def main(folders: list[str]) -> None:
    import tests.guards  # noqa: F401  # whatever accelerate does, it opens no connection

    _setup_privateuseone_for_python_backend(KIND, backend_module=_Cards())
    torch._C._set_only_lift_cpu_tensors(True)  # `torch.tensor(..., device=...)` passes through here
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # as where devices differ
    known = torch.utils.checkpoint._allowed_determinism_checks_to_fns
    known["default"] = known["none"]  # it would compare the cards, which it does not see
    from sleep.engines import Example, TrainingFolder
    from sleep.engines import model as model_engine
    from sleep.engines.peft import PeftEngine
    from tests.sleep.examples import random_examples

    setattr(model_engine, "working_dtype", lambda _: torch.float32)  # noqa: B010
    prefix = [1, 5, 6, 7, 8]
    batch: list[Example] = random_examples(prefix, [(6, 3), (4, 5), (9, 2)], seed=1)

    def learned(folder: str, spread: bool, first: int) -> dict[str, Any]:
        device = torch.device(f"{KIND}:0" if spread else "cpu")
        setattr(model_engine, "best_device", lambda: device)  # noqa: B010
        engine = PeftEngine(
            TrainingFolder(Path(folder), threads=1, checkpointing=True, spread=spread)
        )
        engine.share_prefix(prefix)
        taught = engine.teach(batch, 8)
        engine.grow(rank=2, alpha=4.0, first_layer=first, seed=0)
        engine.prepare(batch)
        optimizer = torch.optim.AdamW(engine.parameters(), lr=0.05)
        losses = []
        for _ in range(2):
            loss = engine.logits(batch).square().mean()
            Machine.backward = True
            _backward(loss)
            Machine.backward = False
            torch.nn.utils.clip_grad_norm_(engine.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        expert = engine.expert("new", level=1, night=1)
        engine.restore(expert)
        with torch.no_grad():
            trained = engine.logits(batch)
            engine.gate([expert])
            engine.prepare(batch)
            twice = engine.logits(batch)
        drawn = engine.sample(
            [x.prompt for x in batch], length=4, temperature=0.0, seed=0, ends=[0]
        )
        return {
            "devices": sorted({str(p.device) for p in engine._model.parameters()}),
            "learning": sorted({str(p.device) for p in engine.parameters()}),
            "whole": all(
                len({p.device for p in layer.parameters()}) == 1
                for layer in engine._model.model.layers
            ),
            "teacher": [x.logprobs.sum().item() for x in taught],
            "losses": losses,
            "expert": {name: t.abs().sum().item() for name, t in expert.tensors.items()},
            "trained": [trained.abs().sum().item(), twice.abs().sum().item()],
            "drawn": drawn,
        }

    for folder in folders:
        found = []
        for first in (0, 2) if folder == folders[0] else (0,):
            one = learned(folder, False, first)
            with Machine():
                found.append([one, learned(folder, True, first)])
        print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
