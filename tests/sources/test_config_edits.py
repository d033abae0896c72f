"""Changes of one source in the text of a configuration, which leave all else as it is."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestd.model.errors import UsageError
from ingestd.sources.config_edits import toml_string, with_enabled, with_name, without_source

TEXT = """\
# Head
[logs]
level = "info"   # as you like

# ── News ──

[[sources]]
name = "A" # first
url = "https://a.example/f"
remove = [
  ".ad",
  "[hidden]",
]

# About B:
# it is often busy.
[[sources]] # B
name = 'B'
url = "https://b.example/f"
enabled = false # until it is better

[sources.headers]
Cookie = "[[sources]]"

# ── Last ──

[[ sources ]]
name = "C [x] \\"y\\""
url = "https://c.example/f"
select = '''
[[sources]]
'''
"""


def test_a_source_is_removed_with_the_comment_above_it():
    assert without_source(TEXT, "B") == TEXT.replace(TEXT[TEXT.index("# About B") : TEXT.index("# ── Last")], "")
    first = TEXT[TEXT.index('[[sources]]\nname = "A') : TEXT.index("# About")]
    assert without_source(TEXT, "A") == TEXT.replace(first, "")
    assert without_source(TEXT, 'C [x] "y"') == TEXT[: TEXT.index("[[ sources ]]")]


def test_a_source_is_paused_and_resumed():
    paused = with_enabled(TEXT, "A", enabled=False)
    assert paused == TEXT.replace("]\n\n# About", "]\nenabled = false\n\n# About")
    assert with_enabled(paused, "A", enabled=True) == paused.replace("enabled = false\n\n", "enabled = true\n\n")
    assert with_enabled(TEXT, "A", enabled=True) == TEXT
    assert with_enabled(TEXT, "B", enabled=True) == TEXT.replace("enabled = false # until", "enabled = true # until")
    assert with_enabled(TEXT, "B", enabled=False) == TEXT
    assert with_enabled(TEXT, 'C [x] "y"', enabled=False) == TEXT + "enabled = false\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_stay(end: str):
    text = f'[[sources]]{end}name = "A"{end}url = "https://a.example/"'
    assert with_enabled(text, "A", enabled=False) == f"{text}{end}enabled = false{end}"


def test_a_source_gets_a_new_name():
    assert with_name(TEXT, "A", 'é "\\') == TEXT.replace('name = "A"', 'name = "é \\"\\\\"')
    assert with_name(TEXT, "B", "D") == TEXT.replace("name = 'B'", 'name = "D"')
    assert with_name(TEXT, 'C [x] "y"', "C") == TEXT.replace('"C [x] \\"y\\""', '"C"')


def test_the_last_source_leaves_the_rest():
    text = '[logs]\nlevel = "info"\n\n[[sources]]\nname = "A"\nurl = "https://a.example/"\n'
    assert without_source(text, "A") == '[logs]\nlevel = "info"\n\n'


@pytest.mark.parametrize(
    "text",
    [
        'sources = [{ name = "A", url = "https://a.example/" }]\n',
        '[[sources]]\n"name" = "A"\nurl = "https://a.example/"\n',
        '[[sources]]\nname = """A"""\nurl = "https://a.example/"\n',
    ],
)
def test_what_only_an_editor_can_change_is_said(text: str):
    with pytest.raises(UsageError, match="'A' is written in a way that only an editor can change"):
        with_name(text, "A", "B")


def test_an_unknown_name():
    with pytest.raises(UsageError, match="no source is named 'X'"):
        without_source(TEXT, "X")


@given(names=st.lists(st.text(max_size=8), min_size=1, max_size=4, unique=True), data=st.data())
def test_any_source_is_changed_and_no_other(names: list[str], data: st.DataObject):
    tails = st.sampled_from(
        ["", "\n", "# end\n", "\n# c\n\n", "[sources.headers]\nX = '[a]'\n\n", "remove = [\n['x'],\n]\n"]
    )
    parts = [f"[[sources]]\nname = {toml_string(name)}\n{data.draw(tails)}" for name in names]
    text = "[a]\nb = 1\n" + "".join(parts)
    name = data.draw(st.sampled_from(names))
    before = tomllib.loads(text)["sources"]
    others = [one for one in before if one["name"] != name]
    assert tomllib.loads(without_source(text, name)).get("sources", []) == others
    paused = tomllib.loads(with_enabled(text, name, enabled=False))["sources"]
    assert [one for one in paused if one["name"] != name] == others
    assert next(one for one in paused if one["name"] == name)["enabled"] is False
