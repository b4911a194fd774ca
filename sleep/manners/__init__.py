"""Manners: a night that nobody asked for takes nothing from anybody.

`readings` looks at the machine, `rules` says whether that is a good moment, `due` whether a night
is due at all, `watch` stops a night that is in somebody's way, `quietly` makes it a light sleeper.
"""
