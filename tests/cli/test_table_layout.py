"""Tables on a terminal: aligned by columns, cut to the width, never wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.cli.sparkline import sparkline
from ingestd.cli.table_layout import fitted_widths, table_lines
from ingestd.text.display_width import display_width

HEAD = ("id", "source", "url")
ROWS = (("1", "苇港日报", "https://a.example/1"), ("22", "The Almanac", "https://b.example/22"))


@pytest.mark.parametrize(
    ("width", "rigid", "lines"),
    [
        (
            None,
            (),
            [
                "id  source       url",
                "1   苇港日报     https://a.example/1",
                "22  The Almanac  https://b.example/22",
            ],
        ),
        (
            30,
            (),
            [
                "id  source       url",
                "1   苇港日报     https://a.ex…",
                "22  The Almanac  https://b.ex…",
            ],
        ),
        (
            24,
            (),
            [
                "id  source     url",
                "1   苇港日报   https://…",
                "22  The Alma…  https://…",
            ],
        ),
        (
            26,
            (0, 1),
            [
                "id  source       url",
                "1   苇港日报     https://…",
                "22  The Almanac  https://…",
            ],
        ),
        (5, (), ["…  ……", "1  ……", "…  ……"]),
    ],
)
def test_lines(width, rigid, lines):
    assert table_lines(HEAD, ROWS, width=width, rigid=rigid) == lines


def test_a_rule_below_the_head():
    assert table_lines(["a", "bc"], [["苇港", "x"]], ruled=True) == ["a     bc", "────  ──", "苇港  x"]
    assert table_lines(["a", "bc"], [], ruled=True) == ["a  bc", "─  ──"]


@given(
    rows=st.lists(st.tuples(st.text(max_size=30), st.text("苇港ab ", max_size=30), st.text(max_size=5)), max_size=4),
    width=st.integers(1, 80),
    rigid=st.sets(st.integers(0, 2)),
)
def test_no_line_is_wider_than_the_terminal(rows, width, rigid):
    lines = table_lines(HEAD, rows, width=width, rigid=rigid)
    assert len(lines) == 1 + len(rows)
    assert all(display_width(line) <= width for line in lines)


@given(widths=st.lists(st.integers(0, 200), min_size=1, max_size=8), total=st.integers(8, 300))
def test_fitted_widths_fill_the_line(widths, total):
    fitted = fitted_widths(widths, total)
    assert sum(fitted) == min(sum(widths), total)
    assert all(after <= before for before, after in zip(widths, fitted, strict=True))


@pytest.mark.parametrize(
    ("counts", "bars"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([1], "█"),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], "·▁▂▃▄▅▆▇█"),
        ([1, 1000], "▁█"),
        ([999, 1000], "█" * 2),
    ],
)
def test_sparkline(counts, bars):
    assert sparkline(counts) == bars
