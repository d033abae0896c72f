"""Records come out of a worker as they went in, whatever their fields hold."""

import copy
import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingestd.identity.decisions import FreshEntry
from ingestd.identity.keys import Key
from ingestd.model.article import Article, BodyOrigin, KeptPage
from ingestd.model.errors import Outcome
from ingestd.model.feed import Category, Enclosure, Entry, Problem, Timestamp, ZoneOrigin
from ingestd.model.http import Redirect, Request, Response
from ingestd.model.poll import InboxEntry
from ingestd.model.source import SiteRule, Source
from ingestd.poll.jobs import PageReading
from ingestd.poll.page_posts import PostSettings
from ingestd.store.post_rows import prepare, prepared_of
from tests.store import make

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = Entry(
    title="一",
    link="https://news.example/1",
    published=Timestamp("1 Mar", NOW, ZoneOrigin.STATED),
    categories=(Category("a", "b"),),
    enclosures=(Enclosure("https://cdn.example/1.mp3", "audio/mpeg", 5),),
    digest="d",
)
RECORDS = (
    ENTRY,
    Problem(Outcome.NO_ARTICLE, "none", "https://news.example/1"),
    Article("<p>a", "a", BodyOrigin.PAGE, title="t", fingerprint=b"f"),
    KeptPage("u", "f", NOW, 200, b"body"),
    Request("https://news.example/1", headers=(("a", "b"),)),
    Response("u", "f", 200, (("a", "b"),), b"body", NOW, (Redirect(301, "a", "b"),)),
    InboxEntry(ENTRY, "u", "k", NOW, 7, (("link", "k"),)),
    Source("晨报", "https://news.example/feed", id=3, rule=SiteRule("article")),
    FreshEntry(ENTRY, "u", (Key("link", "k"),), "new"),
    PostSettings(keep_pages=False, revisit=(1.0, 2.0)),
    PageReading(post=make.new(1), problems=()),
    make.new(2),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_the_same_after_its_way(record: object):
    assert pickle.loads(pickle.dumps(record, pickle.HIGHEST_PROTOCOL)) == record
    assert copy.deepcopy(record) == record


def test_what_is_prepared_of_a_post_stays_that_of_this_post():
    new = prepare(replace(make.new(1), page=make.page(b"<html>")))
    back = pickle.loads(pickle.dumps(new, pickle.HIGHEST_PROTOCOL))
    assert prepared_of(back) == new.prepared
