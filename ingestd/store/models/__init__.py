"""The tables, each column with its meaning: the schema that migrations must arrive at.

Times are UTC text (`2021-04-18T01:45:12.653Z`); booleans are 0 and 1; lists are JSON arrays as text. The meanings are
shown by `docs/database.md` and by the table `documentation` in every database; docs/database.md has the tables in the
order of the imports below.
"""

# ruff: noqa: I001 - the order of the imports is the order of the tables
from ingestd.store.models.columns import metadata
from ingestd.store.models.source_tables import sources, source_urls
from ingestd.store.models.host_tables import hosts, refusals
from ingestd.store.models.post_tables import posts, identities, search_backlog, sightings, revisions
from ingestd.store.models.post_tables import fingerprints, fingerprint_keys, fingerprint_backlog, near_duplicate_pairs
from ingestd.store.models.post_tables import other_listings, post_counts, replaced_posts
from ingestd.store.models.post_tables import labels, post_labels
from ingestd.store.models.page_tables import pages, dictionaries, page_hosts
from ingestd.store.models.poll_tables import polls, problems, inbox, items, visits, leases
from ingestd.store.models.history_tables import backfills, backfill_pages
from ingestd.store.models.poll_tables import filtered_entries, filtered_keys
from ingestd.store.models.service_tables import media, subscriptions, notices, backups
from ingestd.store.models.notify_tables import daemons, notify_targets, outbox
from ingestd.store.models.export_tables import exports, documentation

__all__ = [
    "backfill_pages",
    "backfills",
    "backups",
    "daemons",
    "dictionaries",
    "documentation",
    "exports",
    "filtered_entries",
    "filtered_keys",
    "fingerprint_backlog",
    "fingerprint_keys",
    "fingerprints",
    "hosts",
    "identities",
    "inbox",
    "items",
    "labels",
    "leases",
    "media",
    "metadata",
    "near_duplicate_pairs",
    "notices",
    "notify_targets",
    "other_listings",
    "outbox",
    "page_hosts",
    "pages",
    "polls",
    "post_counts",
    "post_labels",
    "posts",
    "problems",
    "refusals",
    "replaced_posts",
    "revisions",
    "search_backlog",
    "sightings",
    "source_urls",
    "sources",
    "subscriptions",
    "visits",
]
