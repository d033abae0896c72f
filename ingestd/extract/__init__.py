"""Page → Article: charset, site rules, generic extractor, metadata, cleaning. Pure: no network, no files, no clock."""

from ingestd.extract.article import extract_article
from ingestd.extract.batch import extract_entries
from ingestd.extract.clean import clean
from ingestd.extract.pages import join_articles
from ingestd.extract.rules import SiteRules, load_rules
from ingestd.extract.whole import feed_is_whole

__all__ = ["SiteRules", "clean", "extract_article", "extract_entries", "feed_is_whole", "join_articles", "load_rules"]
