"""A number with its noun: for whatever is said to people about how many there are."""


def counted(number: int, one: str, many: str = "") -> str:
    """So many of them: "1 message", "2 messages", "1,200 memories"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
