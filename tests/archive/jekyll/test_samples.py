"""Sample archive files of every variant, where they are beside the project: read and rendered again."""

import re
from pathlib import Path

import pytest
import yaml

from ingestd.archive.jekyll import post_file
from ingestd.archive.jekyll.file_names import file_name
from tests.archive.examples import NOW

FILES = sorted(
    path
    for folder in Path(__file__).resolve().parents
    for pattern in ("shared/samples/posts/*", "shared/seed/*")
    for path in folder.glob(pattern)
)

pytestmark = pytest.mark.skipif(not FILES, reason="the sample archives are not here")


def variant(data: bytes) -> str:
    head, body = data.split(b"\n---\n", 1)
    if not re.match(rb"<!--(NaN|\d+)-->\n\[", body):
        return "raw"
    keys = head.count(b"\n")
    return f"{keys} keys" if not body.startswith(b"<!--NaN") else f"{keys} keys, NaN"


def test_every_file_of_the_format_is_rendered_unchanged():
    for path in FILES:
        data = path.read_bytes()
        post = post_file.read_post(data, path.name, now=NOW)
        assert file_name(post) == path.name
        assert (post_file.render(post) == data) == (variant(data) != "raw"), path.name


def test_every_other_file_is_normalised_once_and_keeps_its_values():
    for path in FILES:
        data = path.read_bytes()
        post = post_file.read_post(data, path.name, now=NOW)
        once = post_file.render(post)
        again = post_file.read_post(once, path.name, now=NOW)
        assert post_file.render(again) == once
        assert (again.title, again.date, again.content, again.text) == (post.title, post.date, post.content, post.text)
        before, after = (
            yaml.safe_load(text.split(b"\n---\n")[0].removeprefix(b"---\n").decode()) for text in (data, once)
        )
        for key in ("title", "author", "from", "tags", "categories"):
            assert before[key] == after[key]


def test_samples_cover_every_variant():
    assert {variant(path.read_bytes()) for path in FILES} == {"7 keys", "8 keys", "7 keys, NaN", "raw"}
