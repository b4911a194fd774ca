"""Recall: memories out of ordinary messages, with the questions that teach and examine them."""

from sleep.recall.read import read

__all__ = ["read"]
