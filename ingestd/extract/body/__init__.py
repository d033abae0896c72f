"""The body of the article: which part of a page it is, what in it is boilerplate, and which candidate is taken."""
