"""Tables of what runs beside the polls: images to be fetched, subscriptions, backups, and the daemon's notices."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from ingestd.store.models.columns import ROW_NUMBER, StoredText, count_column, metadata, source_column, text_column

media = Table(
    "media",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column("url", "the image's address, as posts have it", null=False),
    text_column("host", "the server in it: the images of one server are fetched one after the other", null=False),
    Column(
        "source_id", ROW_NUMBER, ForeignKey("sources.id", ondelete="SET NULL"), comment="the source whose post shows it"
    ),
    Column("post_id", ROW_NUMBER, ForeignKey("posts.id", ondelete="SET NULL"), comment="the first post that shows it"),
    text_column("hash", "SHA-256 of its bytes, hexadecimal: its file is ab/cd/abcd….ending; NULL while it is not here"),
    text_column("type", "its media type, by its own bytes: image/jpeg, png, gif, webp, avif or bmp"),
    Column("bytes", BigInteger, nullable=True, comment="its size"),
    Column("width", Integer, nullable=True, comment="its width in pixels, where its head tells"),
    Column("height", Integer, nullable=True, comment="its height in pixels, where its head tells"),
    text_column("added_at", "when a post first wanted it", null=False),
    text_column("fetched_at", "when it was fetched"),
    text_column("outcome", "how the last attempt ended: a word of the vocabulary of outcomes; NULL before the first"),
    text_column("reason", "why it failed, in words"),
    count_column("attempts", "failed attempts"),
    text_column("next_try_at", "when it is tried next; NULL where it is here or was given up"),
    UniqueConstraint("url"),
    Index(None, "next_try_at", "host", "source_id"),
    Index(None, "post_id"),
    comment="images of posts, fetched once for sources with `media = true`; their files lie beside the database",
)

subscriptions = Table(
    "subscriptions",
    metadata,
    source_column(key=True),
    text_column("hub", "the hub's address, as the feed names it", null=False),
    text_column("topic", "the topic URL of the feed at the hub", null=False),
    text_column(
        "token", "secret: the last part of the callback's address, at which this hub alone reaches us", null=False
    ),
    text_column("secret", "secret: the key with which the hub signs its pushes", null=False),
    text_column("state", "asked (the hub has not answered yet), active, expired, denied or ending", null=False),
    text_column("requested_at", "when the hub was last asked, while it has not answered"),
    count_column("attempts", "requests in a row that the hub has not answered"),
    text_column("denied_at", "when the hub refused"),
    text_column("expires_at", "when the subscription ends if it is not renewed"),
    count_column("lease_s", "for how many seconds the hub granted it"),
    text_column("last_push_at", "when a push last arrived that could be read"),
    count_column("pushes", "pushes that were read"),
    count_column("refused", "pushes without the right signature, which were dropped"),
    text_column("error", "why the hub refused, or could not be asked"),
    comment="subscriptions at hubs, which push what is new (WebSub)",
)

notices = Table(
    "notices",
    metadata,
    Column("kind", StoredText, primary_key=True, comment="what it is about: the event's name in the log"),
    text_column("since", "when the daemon last met it", null=False),
    text_column("reason", "in words, with what to do", null=False),
    comment="what the running daemon cannot do as a whole, until it can: `ingestd status` prints it",
)

backups = Table(
    "backups",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True, comment="row number"),
    text_column("started_at", "when it was begun: what the copy holds", null=False),
    text_column("ended_at", "when it was complete and compared with the database, or failed", null=False),
    text_column("path", "the file, as an absolute path", null=False),
    Column("bytes", BigInteger, nullable=True, comment="its size; NULL where it failed"),
    text_column("error", "why it failed, in words; NULL where it is good"),
    count_column("images_failed", "images that could not be copied with it: `ingestd db check` names them"),
    text_column("deleted_at", "when a newer one took its place; NULL while it is kept"),
    comment="backups that were made into the folder of `[backup]`, and attempts that failed",
)
