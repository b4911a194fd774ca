"""`reverie demo`."""


def play(*, home: str | None, as_json: bool) -> int:
    """Not there yet."""
    raise NotImplementedError
