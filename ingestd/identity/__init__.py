"""Identity: which entries of a feed are articles that are known already, and which are new.

An article is known by keys: its link and the URLs of its page, normalised, and its guid within its source. A key alone
proves little: feeds repeat one guid for different articles, give every entry the link of a home page, or change all
guids at once. So where the keys of an entry disagree, title, published time, text and enclosures are compared. Of the
two possible errors, losing an article is the worse one: in doubt an entry is a new article.

All functions are pure: the known posts are an argument, and what to record is the result.

    entries ─key_entries─▶ keys ─SELECT─▶ known ─decide─▶ fresh, seen, problems
    fresh + its page ─page_keys─▶ SELECT ─known─▶ same_article ─▶ a known post, or a new one with these keys
"""
