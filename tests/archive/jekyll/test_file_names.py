"""File names: valid everywhere, never cut in the middle of a character, distinct, and kept."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from ingestd.archive.jekyll.file_names import cut_units, file_name, is_usable_name, name_key
from tests.archive.examples import POST, post, posts


@pytest.mark.parametrize(
    ("title", "safe", "as_before"),
    [
        ("中国期待", "中国期待", "中国期待"),
        ("a/b", "a--b", "a--b"),
        ("x" * 60, "x" * 50, "x" * 50),
        ("字" * 49 + "😀", "字" * 49, "字" * 49),
        ("字" * 48 + "😀尾", "字" * 48 + "😀", "字" * 48 + "😀"),
        ('说"好"', "说_好_", '说\\"好\\"'),
        ('"' * 40, "_" * 25, '\\"' * 25),
        ("a\\b:c*d?e|f<g>", "a__b_c_d_e_f_g_", "a\\\\b:c*d?e|f<g>"),
        ("等等...", "等等", "等等..."),
        ("尾 . . ", "尾", "尾 . . "),
        ("\u202egnp.exe", "_gnp.exe", "\u202egnp.exe"),
        ("", "untitled", ""),
        ("...", "untitled", "..."),
        ("/" * 60, "-" * 100, "-" * 100),
        ("{{ x }}", "{{ x }}", "{{ x }}"),
        ("..", "untitled", ".."),
    ],
)
def test_file_name_of_a_post(title, safe, as_before):
    assert file_name(post(title=title)) == f"2021-04-18-{safe}.md"
    assert file_name(post(title=title), safe=False) == f"2021-04-18-{as_before}.md"


@given(posts)
def test_file_names_are_valid_on_every_system(some):
    name = file_name(some)
    assert len(name.encode()) <= 255
    assert not re.search(r'[<>:"|?*\\/\x00-\x1f\x7f]', name)
    assert not re.search(r"[. ]\.md$", name)
    # What Jekyll takes for a post.
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-[^/]+\.md", name)
    assert is_usable_name(name)
    assert is_usable_name(file_name(some, safe=False))


def test_imported_file_name_is_kept():
    assert file_name(post(file_name='2020-01-01-a:"b?.md')) == '2020-01-01-a:"b?.md'


def test_suffix_of_a_taken_name_depends_on_the_url_only():
    first = "2021-04-18-中国期待领导人气候峰会.md"
    second = file_name(POST, taken={first}.__contains__)
    assert re.fullmatch(r"2021-04-18-中国期待领导人气候峰会-[0-9a-f]{8}\.md", second)
    assert second == file_name(replace(POST, author="x"), taken={first}.__contains__)
    assert second != file_name(post(from_url="https://news.example/2"), taken={first}.__contains__)
    third = file_name(POST, taken={first, second}.__contains__)
    assert third not in {first, second}
    with pytest.raises(ValueError, match="two posts have the URL"):
        file_name(POST, taken=lambda name: True)


def test_a_long_taken_name_stays_within_its_bytes():
    name = "2021-04-18-" + "字" * 80 + ".md"
    assert len(name.encode()) == 254
    other = file_name(post(file_name=name), taken={name}.__contains__)
    assert len(other.encode()) <= 255
    assert other.endswith(".md")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "x\udcff.md", "字" * 86])
def test_invalid_file_names(name):
    assert not is_usable_name(name)


def test_names_that_windows_or_macos_treat_as_equal():
    assert name_key("2021-CAFE\u0301.md") == name_key("2021-caf\u00e9.md")
    assert name_key("2021-a.md") != name_key("2021-b.md")


@pytest.mark.parametrize(
    ("text", "units", "start"), [("abc", 2, "ab"), ("a😀b", 2, "a"), ("a😀b", 3, "a😀"), ("", 5, ""), ("ab", 0, "")]
)
def test_cut_units(text, units, start):
    assert cut_units(text, units) == start
