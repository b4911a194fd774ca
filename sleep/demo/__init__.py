"""`reverie demo`: a written day, one ordinary night, and what the new file knows in the morning.

Nothing here is special: the day is typed turn by turn into a fresh journal, the night is the
command `reverie sleep` in a process of its own, and the questions, in words that no lesson of the
night used, are put to the exported file by another fresh process without any memory in the prompt.
"""

from sleep.demo.play import play

__all__ = ["play"]
