"""A demonstration that needs no network: a sample site on loopback, and the real daemon that archives it."""
