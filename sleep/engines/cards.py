"""A model that is too large for one GPU, its layers spread over all of them: accelerate's work.

Of the ways to use several GPUs this is the one for a single person's machine. A step of a night is
a few thousand tokens and there are some hundred steps, so time is not what is short: memory is.
Training with a copy of the model on each GPU saves none, and its processes talk through sockets,
which a night never opens. Here one process holds one model, and accelerate's hooks
(`dispatch_model`, "big model inference" in its documentation) carry what one layer hands to the
next from card to card, forward and backward.
"""

from __future__ import annotations

from typing import Any

import torch
from accelerate import dispatch_model, infer_auto_device_map
from accelerate.utils import get_balanced_memory

from assistant.errors import ReverieError
from sleep.engines.device import bytes_of_each


def spread(model: Any, device: torch.device) -> Any:
    """A transformers model, moved from the CPU onto all GPUs of `device`'s kind, evenly by layers.

    Layers stay whole, and tied embeddings together. ReverieError when it does not fit.
    """
    whole = model._no_split_modules
    room = get_balanced_memory(
        model, dict(enumerate(bytes_of_each(device))), no_split_module_classes=whole
    )
    places = infer_auto_device_map(model, room, no_split_module_classes=whole)
    if any(not isinstance(card, int) for card in places.values()):
        raise ReverieError(
            "the model does not fit into the GPUs together",
            hint="Close what else uses them, or choose a smaller model ('reverie models use').",
        )
    named = {name: f"{device.type}:{card}" for name, card in places.items()}
    kept = model._skip_keys_device_placement  # caches stay with the layers whose they are
    return dispatch_model(model, named, skip_keys=kept)
