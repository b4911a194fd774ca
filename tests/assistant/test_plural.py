import pytest

from assistant.plural import counted


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 messages"), (1, "1 message"), (2, "2 messages"), (1234, "1,234 messages")],
)
def test_a_number_with_its_noun(number, said):
    assert counted(number, "message") == said


def test_nouns_that_take_more_than_an_s():
    assert (counted(1, "memory", "memories"), counted(3, "memory", "memories")) == (
        "1 memory",
        "3 memories",
    )
