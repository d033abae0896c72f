"""An imported file, stored in SQLite, is rendered with the same bytes."""

import pytest
from sqlalchemy import create_engine, insert, select

from ingestd.archive.jekyll import post_file
from ingestd.archive.jekyll.file_names import file_name
from ingestd.extract.html.clean import clean_html
from ingestd.model.post import Post
from ingestd.store import models
from ingestd.store.post_rows import post_row
from ingestd.store.posts import row_post
from tests.archive.examples import FILE, NOW, file
from tests.archive.jekyll.test_samples import FILES, variant


@pytest.fixture
def through():
    engine = create_engine("sqlite://")
    models.metadata.create_all(engine)

    def there_and_back(post: Post) -> Post:
        with engine.begin() as connection:
            connection.execute(models.posts.delete())
            connection.execute(insert(models.posts).values(**post_row(post)))
            return row_post(connection.execute(select(models.posts)).mappings().one())

    yield there_and_back
    engine.dispose()


def cleaned(html: str) -> str:
    return clean_html(html, None)


@pytest.mark.parametrize(
    "data",
    [
        FILE.encode(),
        file(("categories:", "comments: True\ncategories:"), ("1618759080000", "NaN")),
        file(('"中国期待', '"中国 期待'), ("[中国期待", "[中国\u00a0期待")),
        file(('"中国期待领导人气候峰会"', '""'), ("[中国期待领导人气候峰会]", "[]")),
        file(('"中国期待领导人气候峰会"', '"\\0"'), ("[中国期待领导人气候峰会]", "[a\0b]")),
        file(("author: 联合早报", "author: 编辑 #1")),
        file(("<p>Second", "\n\0<script>x()</script>{{ x }}<pre>\n</pre><p style=x onclick=y>Second")),
        file(("1618759080000", "-9999999999999999")),
    ],
)
def test_file_is_rendered_from_the_database_unchanged(through, data):
    name = '2021-04-18-他说"好": a?.md'
    post = through(post_file.read_post(data, name, now=NOW, clean=cleaned))
    assert post_file.render(post) == data
    assert file_name(post) == name
    assert "<script" not in post.content


@pytest.mark.skipif(not FILES, reason="the sample archives are not here")
def test_every_sample_is_rendered_from_the_database_unchanged(through):
    for path in FILES:
        data = path.read_bytes()
        post = through(post_file.read_post(data, path.name, now=NOW, clean=cleaned))
        once = post_file.render(post)
        assert file_name(post) == path.name
        if variant(data) == "raw":
            assert post_file.render(through(post_file.read_post(once, path.name, now=NOW, clean=cleaned))) == once
        else:
            assert once == data
