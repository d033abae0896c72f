"""The sample site: two newspapers and a blog of invented news, in the formats and with the flaws of real sites.

`reedhaven/` is a Chinese daily with RSS 2.0 in UTF-8 whose feed holds summaries only; `almanac/` an English blog with
Atom; `evening/` a Chinese evening paper with RDF (RSS 1.0), pages in GBK and dates without a zone. `site.toml`
describes the articles; their texts, the feeds and the page layouts are templates beside it.
"""
