"""What the workers are asked to do.

The tasks stand here by their names: the process that asks starts without parsers and extractors, and never holds them.
"""

from ingestd.meaning import Meaning
from ingestd.records import Article, NewPost
from ingestd.workers import Task

#: `understanding.understand`.
UNDERSTAND: Task[Meaning] = Task("ingestd.understanding", "understand")
#: `understanding.posts_of`.
POSTS_OF: Task[tuple[NewPost, ...]] = Task("ingestd.understanding", "posts_of")
#: `extract.extract_article`.
EXTRACT_ARTICLE: Task[Article] = Task("ingestd.extract.article", "extract_article")

#: What each worker imports before its first task.
PRELOAD = tuple(dict.fromkeys(task.module for task in (UNDERSTAND, POSTS_OF, EXTRACT_ARTICLE)))
