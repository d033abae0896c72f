"""`ingestd extract --again`: stored pages extracted again, by changed rules."""

import pytest

from tests.cli.commands import Commands


def rule(ingestd: Commands, line: str) -> None:
    ingestd.config.write_text(ingestd.config.read_text() + line + "\n")


def test_unchanged_rules_write_nothing(kept):
    before = kept.sql("SELECT * FROM posts")
    assert kept("extract", "--again", "--json").json == {"pages": 2, "rewritten": 0, "unchanged": 2, "failed": 0}
    assert kept.sql("SELECT * FROM posts") == before


def test_new_rule_rewrites_posts_with_a_revision_of_our_own(kept):
    rule(kept, 'remove = [".zz9"]')
    done = kept("extract", "--again")
    assert (done.status, done.out) == (0, "2 pages, 2 rewritten, 0 unchanged, 0 failed\n")
    rows = kept.sql("SELECT text, content, revision, title FROM posts ORDER BY id")
    assert all("Paragraph 5" in text and "Sentence" not in text + content for text, content, *_ in rows)
    assert {revision for *_, revision, _ in rows} == {2}
    assert {title for *_, title in rows} == {"One", "Two"}
    before = kept.sql("SELECT reason, content FROM revisions")
    assert [reason for reason, _ in before] == ["rule", "rule"]
    assert all("Sentence number" in content for _, content in before)
    assert kept.sql("SELECT count(*) FROM edits") == [(0,)]
    assert kept("extract", "--again", "--json").json["unchanged"] == 2


@pytest.mark.parametrize(
    ("options", "titles"),
    [(("--since", "2024-05-02"), ["Two"]), (("--source", "F"), ["One", "Two"]), (("--source", "G"), [])],
)
def test_source_and_since_select_posts(kept, options, titles):
    rule(kept, 'remove = [".zz9"]')
    assert kept("extract", "--again", *options).status == 0
    assert [title for (title,) in kept.sql("SELECT title FROM posts WHERE revision > 1 ORDER BY id")] == titles


def test_rule_without_a_match_changes_nothing(kept):
    before = kept.sql("SELECT text FROM posts")
    rule(kept, 'select = "#nowhere"')
    assert kept("extract", "--again", "--json").json["rewritten"] == 0
    assert kept.sql("SELECT text FROM posts") == before


def test_again_option_is_required(kept):
    done = kept("extract")
    assert done.status == 2
    assert "say --again" in done.err
