"""Turns off everything that dependencies would send or fetch; imported first by every entry point.

Importing it sets environment variables, so that it also holds for processes started from here. It
must come before any import of the libraries it silences: they read these once, at import.
"""

import os

SILENCE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "UNSLOTH_DISABLE_STATISTICS": "1",
    "UNSLOTH_OFFLINE": "1",
    "UNSLOTH_AUTO_INSTALL": "0",
    "WANDB_MODE": "disabled",
    "DO_NOT_TRACK": "1",
    # Not telemetry: a fork of a process with tokenizer threads prints warnings on the terminal.
    "TOKENIZERS_PARALLELISM": "false",
}
"""Variable -> value; set over whatever the user's shell has, because the promise is ours."""

os.environ.update(SILENCE)
