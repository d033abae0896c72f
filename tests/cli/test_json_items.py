"""Lists whose items are made as they are printed are printed as lists are."""

import json

import pytest

from ingestd.cli.output import JsonItems, print_json
from ingestd.model.errors import StoreError


@pytest.mark.parametrize("items", [[], [{"a": 1}], [{"a": [1, {"b": None}]}, "霹雳", 3]])
def test_items_are_printed_as_a_list(items, capsys):
    print_json({"sources": items, "more": []})
    expected = capsys.readouterr().out
    print_json({"sources": JsonItems(one for one in items), "more": []})
    assert capsys.readouterr().out == expected
    assert json.loads(expected)["sources"] == items


def test_items_are_printed_before_the_last_is_made(capsys):
    printed = []

    def items():
        for _ in range(3):
            yield ["item"] * 60_000
            printed.append(len(capsys.readouterr().out))

    print_json(JsonItems(items()))
    assert all(printed[1:])


def test_nothing_is_printed_where_no_item_can_be_made(capsys):
    def fail():
        raise StoreError("no database")

    with pytest.raises(StoreError):
        print_json({"sources": JsonItems(fail() for _ in range(3))})
    assert capsys.readouterr().out == ""
