"""Curves of braille dots."""

from tui.curve import draw


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    lines = draw([0.0, 1.0], width=4, height=2, low=0.0, high=1.0)
    assert [len(line) for line in lines] == [4, 4]
    assert lines[1][0] != " "
    assert lines[0][3] != " "
    assert lines[0][0] == lines[1][3] == " "


def test_a_level_line_stays_on_one_row():
    assert draw([1.0, 1.0], width=3, height=2, low=0.0, high=1.0) == ["⠉⠉⠉", "   "]


def test_what_is_out_of_bounds_is_drawn_at_the_edge():
    assert draw([5.0, 5.0], 2, 1, 0.0, 1.0) == draw([1.0, 1.0], 2, 1, 0.0, 1.0)


def test_nothing_and_flat_ranges():
    assert draw([], 2, 1, 0.0, 1.0) == ["  "]
    assert draw([3.0], 2, 1, 3.0, 3.0)[0].strip() != ""
