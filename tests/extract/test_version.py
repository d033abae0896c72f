"""The version of a post's content: it differs where rules, settings or code do."""

import pytest

from ingestd.extract import version
from ingestd.extract.article import extract_article, feed_article
from ingestd.extract.rules.site_rules import load_rules
from ingestd.extract.version import page_version
from ingestd.model.feed import Entry
from ingestd.model.source import SiteRule
from tests.extract import recorded_outputs
from tests.extract.helpers import PARAGRAPHS, page

URL = "https://news.example.org/2024/05/story.html"
PAGE = page("<article>" + "".join(f"<p>{line}</p>" for line in PARAGRAPHS) + "</article>", URL)
ENTRY = Entry(title="A title", link=URL, content="<p>The feed's own words.</p>")


def test_of_a_feed_without_a_page():
    assert feed_article(ENTRY).extraction_version == f"feed {version.FEED_CODE_VERSION}"
    assert feed_article(None).extraction_version == f"feed {version.FEED_CODE_VERSION}"
    assert extract_article(ENTRY, PAGE, mode="never").extraction_version == f"feed {version.FEED_CODE_VERSION}"


def test_of_a_page():
    found = extract_article(None, PAGE).extraction_version
    assert found == page_version((), "auto")
    start = f"feed {version.FEED_CODE_VERSION}, page {version.PAGE_CODE_VERSION}, settings "
    assert found is not None
    assert found.startswith(start)
    assert len(found) == len(start) + 8


def test_it_is_the_same_for_each_entry_of_the_same_settings():
    assert extract_article(ENTRY, PAGE).extraction_version == extract_article(None, PAGE).extraction_version


SITES = '[[site]]\nhosts = ["{host}"]\nselect = "article"\nremove = [{remove}]\n{more}'


def of_pack(host="news.example.org", remove="", more=""):
    pack = load_rules(SITES.format(host=host, remove=remove, more=more))
    return extract_article(None, PAGE, site_rules=pack).extraction_version


def test_each_setting_that_can_change_content_changes_it():
    plain = extract_article(None, PAGE).extraction_version
    different = [
        plain,
        extract_article(None, PAGE, mode="always").extraction_version,
        extract_article(None, PAGE, source_rule=SiteRule(remove=(".note",))).extraction_version,
        extract_article(None, PAGE, source_rule=SiteRule(select="article")).extraction_version,
        extract_article(None, PAGE, source_rule=SiteRule(title="h1")).extraction_version,
        extract_article(None, PAGE, source_rule=SiteRule(next_page="a")).extraction_version,
        of_pack(remove='".ads"'),
    ]
    assert len(set(different)) == len(different)


def test_what_changes_no_content_does_not():
    plain = extract_article(None, PAGE).extraction_version
    assert of_pack(host="elsewhere.example") == plain, "a rule for another site"
    assert extract_article(None, PAGE, source_rule=SiteRule(author=".by", date="time")).extraction_version == plain
    assert of_pack() == of_pack(more='author = ".by"')
    assert of_pack() == extract_article(None, PAGE, source_rule=SiteRule(select="article")).extraction_version


@pytest.mark.parametrize("part", list(recorded_outputs.PARTS))
class TestRecordedOutputs:
    """`python -m tests.extract.recorded_outputs` records the outputs after the version was raised."""

    def test_the_record_is_of_the_present_version(self, part):
        constant = recorded_outputs.PARTS[part][0]
        assert recorded_outputs.recorded(part)[0] == getattr(version, constant), f"record the outputs of {constant}"

    @pytest.mark.slow
    def test_outputs_change_with_the_version_only(self, part):
        assert recorded_outputs.changed_outputs(part) == [], f"raise {recorded_outputs.PARTS[part][0]}"

    def test_the_record_covers_enough(self, part):
        _, outputs = recorded_outputs.recorded(part)
        assert len(outputs) >= 40


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("feed 2", "feed 2", True),
        ("feed 2", "feed 2, page 1, settings 0a", True),
        ("feed 1", "feed 2", False),
        ("feed 2", "feed 21", False),
        ("page 1, settings 0a", "page 1, settings 0a", False),
        (None, "feed 2", False),
        ("feed 2", None, False),
        (None, None, False),
    ],
)
def test_versions_with_the_same_feed_code(first, second, same):
    assert version.is_same_feed_code(first, second) is same


@pytest.mark.parametrize(
    ("made", "before", "expected"),
    [
        ("feed 2, page 3, settings 0a", "feed 1, page 1, settings 0b", "feed 1, page 3, settings 0a"),
        ("feed 2, page 3, settings 0a", "feed 1", "feed 1, page 3, settings 0a"),
        ("feed 2, page 3, settings 0a", None, "page 3, settings 0a"),
        ("feed 2, page 3, settings 0a", "page 2, settings 0a", "page 3, settings 0a"),
        (None, "feed 1", None),
    ],
)
def test_version_of_a_page_that_is_extracted_again_keeps_that_of_the_feeds_text(made, before, expected):
    assert version.with_feed_part_of(made, before) == expected
