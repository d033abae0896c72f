"""What the workers are asked to do.

The tasks stand here by their names: the process that asks starts without parsers and extractors, and never holds them.
"""

from ingestd.model.article import Article
from ingestd.model.post import NewPost
from ingestd.poll.parsed_feed import ParsedFeed
from ingestd.poll.workers import Job

#: `understanding.understand`.
PARSE_AND_IDENTIFY: Job[ParsedFeed] = Job("ingestd.poll.parse_and_identify", "understand")
#: `understanding.posts_of`.
BUILD_POSTS: Job[tuple[NewPost, ...]] = Job("ingestd.poll.parse_and_identify", "posts_of")
#: `extract.extract_article`.
EXTRACT_ARTICLE: Job[Article] = Job("ingestd.extract.article", "extract_article")

#: What each worker imports before its first task.
PRELOAD = tuple(dict.fromkeys(task.module for task in (PARSE_AND_IDENTIFY, BUILD_POSTS, EXTRACT_ARTICLE)))
