"""Triggers that note which posts have no fingerprint, whoever wrote them, in the same transaction.

They are made anew at each upgrade, as views are. A post that is inserted, or has another text, is put into
`fingerprint_backlog`; ingestd, which adds the fingerprint at once, takes it out again.
"""

from sqlalchemy import Connection

from ingestd.store import triggers

_TRIGGERS = {
    "fingerprints_insert": "posts",
    "fingerprints_update": "posts",
    "fingerprints_delete": "fingerprints",
}

_ADD = "INSERT INTO fingerprint_backlog (post_id) VALUES (new.id) ON CONFLICT DO NOTHING"
_FORGET = (
    "DELETE FROM fingerprints WHERE post_id = new.id; DELETE FROM near_duplicate_pairs WHERE post_id = new.id;"
    f" DELETE FROM near_duplicate_pairs WHERE other_id = new.id; {_ADD}"
)
_SQLITE = (
    f"CREATE TRIGGER fingerprints_insert AFTER INSERT ON posts BEGIN {_ADD}; END",
    "CREATE TRIGGER fingerprints_update AFTER UPDATE OF text ON posts WHEN new.text IS NOT old.text"
    f" BEGIN {_FORGET}; END",
    "CREATE TRIGGER fingerprints_delete AFTER DELETE ON fingerprints WHEN old.keys <> '[]' BEGIN"
    " DELETE FROM fingerprint_keys WHERE key IN (SELECT value FROM json_each(old.keys)) AND post_id = old.post_id; END",
)
_SERVER = (
    "CREATE OR REPLACE FUNCTION fingerprints_await() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN {_ADD}; RETURN NULL; END $$",
    "CREATE OR REPLACE FUNCTION fingerprints_forget() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN {_FORGET}; RETURN NULL; END $$",
    "CREATE OR REPLACE FUNCTION fingerprint_keys_forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " DELETE FROM fingerprint_keys WHERE post_id = old.post_id"
    " AND key IN (SELECT CAST(jsonb_array_elements_text(CAST(old.keys AS jsonb)) AS bigint)); RETURN NULL; END $$",
    "CREATE TRIGGER fingerprints_insert AFTER INSERT ON posts FOR EACH ROW EXECUTE FUNCTION fingerprints_await()",
    "CREATE TRIGGER fingerprints_update AFTER UPDATE OF text ON posts FOR EACH ROW"
    " WHEN (new.text IS DISTINCT FROM old.text) EXECUTE FUNCTION fingerprints_forget()",
    "CREATE TRIGGER fingerprints_delete AFTER DELETE ON fingerprints FOR EACH ROW"
    " WHEN (old.keys <> '[]') EXECUTE FUNCTION fingerprint_keys_forget()",
)


def drop_triggers(connection: Connection) -> None:
    """Remove the triggers."""
    triggers.drop_triggers(connection, _TRIGGERS)


def create_triggers(connection: Connection) -> None:
    """Make the triggers."""
    triggers.run_statements(connection, _SQLITE if connection.dialect.name == "sqlite" else _SERVER)
