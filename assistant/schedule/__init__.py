"""Nights that happen by themselves: hours of the day, and the system's own timers that start them.

The timer of the system only knocks, every quarter of an hour: `reverie sleep --scheduled` then
decides for itself whether a night is due and whether this is a good moment (see `sleep.manners`).
"""
