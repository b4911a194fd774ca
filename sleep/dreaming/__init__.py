"""Dreaming: the model writes about its day and keeps what makes it better (method, section 6).

generate, support (no dream may say what no memory does), select by gradient, try in isolation,
reinforce; `rounds` is their order, `stage` is where a night does it.
"""
