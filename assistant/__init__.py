"""Waking life: command line, settings, journal, the served model and one turn of conversation."""

__version__ = "0.1.0"
