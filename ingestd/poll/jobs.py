"""What the workers are asked to do.

The tasks stand here by their names: the process that asks starts without parsers and extractors, and never holds them.
"""

from ingestd.model.article import Article
from ingestd.model.post import NewPost
from ingestd.poll.parsed_feed import Meaning
from ingestd.poll.workers import Task

#: `understanding.understand`.
UNDERSTAND: Task[Meaning] = Task("ingestd.poll.parse_and_identify", "understand")
#: `understanding.posts_of`.
POSTS_OF: Task[tuple[NewPost, ...]] = Task("ingestd.poll.parse_and_identify", "posts_of")
#: `extract.extract_article`.
EXTRACT_ARTICLE: Task[Article] = Task("ingestd.extract.article", "extract_article")

#: What each worker imports before its first task.
PRELOAD = tuple(dict.fromkeys(task.module for task in (UNDERSTAND, POSTS_OF, EXTRACT_ARTICLE)))
