"""Which known article an entry is: its candidates, weighed by title, time, text and files."""

from ingestd.identity.article_index import ArticleIndex
from ingestd.identity.candidates import Candidate, candidates
from ingestd.identity.evidence import Evidence, differ_in_numbers, has_text_of, similar_titles
from ingestd.identity.keyed_entries import KeyedEntry
from ingestd.identity.keys import SHARED
from ingestd.model.post import KnownPost


def match_entry(item: KeyedEntry, index: ArticleIndex) -> tuple[KnownPost | None, str]:
    """The post that an entry lists again, None where it lists none; and the reason in words."""
    rejection = "none of its keys is known"
    best: tuple[int, KnownPost, str] | None = None
    for candidate in candidates(item, index):
        if candidate.is_certain and not _is_contradicted(item, candidate.post, index):
            return candidate.post, candidate.reason
        evidence = index.compare(item, candidate.post)
        score = _accepted_score(item, candidate, evidence)
        if score is not None and (best is None or score > best[0]):
            best = score, candidate.post, f"{candidate.reason}: {evidence}"
        elif best is None:
            rejection = f"{candidate.reason}, but as another article: {evidence}"
    return (best[1], best[2]) if best is not None else (None, rejection)


def _accepted_score(item: KeyedEntry, candidate: Candidate, evidence: Evidence) -> int | None:
    """The score of key and evidence together, None where they do not say that it is the same article."""
    score = candidate.prior_score + evidence.score - (candidate.other_link and evidence.is_next_issue)
    is_reused = (candidate.other_link and not evidence.published) or candidate.post.kind == SHARED
    if is_reused and differ_in_numbers(item.entry.title, candidate.post.title):
        # The guid was used again for the next issue of a series, whose texts are alike.
        score = min(score, 0)
    accepted = score > 0 and (evidence.supports_match or not candidate.needs_evidence)
    if candidate.prior_score == 0:
        # Without evidence the key decides; and a summary may share no word with its article.
        accepted = accepted or (evidence.is_empty and not candidate.needs_evidence) or evidence.is_same_issue
    return score if accepted else None


def _is_contradicted(item: KeyedEntry, post: KnownPost, index: ArticleIndex) -> bool:
    """Whether title and text of an entry both say that it is not the post to which its keys lead with certainty.

    An edit shares something with what it edits. Where the entry has no title, its text decides. The text of a page
    need not have the words of its entry, nor need those of another source be the same.
    """
    if post.deleted or post.post_id < 0 or post.source_id != index.source.id or not post.text_of_feed:
        return False
    if similar_titles(item.entry.title, post.title) or index.compare(item, post).text is not False:
        return False
    # New paragraphs may stand above those that were there, as in a live blog.
    return not has_text_of(item.entry, post.text)
