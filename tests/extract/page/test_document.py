"""What a page's parser reads: everything that a browser shows, wherever the end tags stand."""

import pytest

from ingestd.extract.article import extract_article, feed_article
from ingestd.extract.page.document import EmptyPageError, NotHtmlError, open_document
from ingestd.model.feed import Entry
from tests.extract.helpers import PARAGRAPHS, page

ARTICLE = "<article>" + "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "</article>"


@pytest.mark.parametrize(
    "html",
    [
        # HTML, 13.2.6.4.19 "after body" and 13.2.6.4.22 "after after body": reprocess in "in body".
        f"<html><head><title>x</title></head><body><div>Menu</div></body>{ARTICLE}</html>",
        f"<html><head><title>x</title></head><body><div>Menu</div></html>\n<!-- end -->\n{ARTICLE}</body></html>",
        f"<html><head><title>x</title></head></html><body>{ARTICLE}</body>",
        f"<html><body><p>Menu</p></BODY ></HTML\n><html lang='en'><body>{ARTICLE}</body></html>",
        f"<html><body><script>document.write('</body></html>')</script>{ARTICLE}</body></html>",
    ],
)
def test_text_after_the_end_tags_of_the_document_is_read(html: str):
    assert extract_article(None, page(html)).text == "\n".join(PARAGRAPHS)


def test_feed_content_of_several_documents_is_read_whole():
    documents = "".join(f"<html><body><table><tr><td>{text}</td></tr></table></body></html>" for text in PARAGRAPHS)
    text = feed_article(Entry(content=documents)).text
    assert [paragraph for paragraph in PARAGRAPHS if paragraph not in text] == []


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"%PDF-1.7 <p>text</p>", "text/html", NotHtmlError),
        (b"<p>text</p>", "application/pdf", NotHtmlError),
        (b"PK\x03\x04<html>", "", NotHtmlError),
        (
            b'<?xml version="1.0"?>\n<rss version="2.0"><channel/></rss>',
            "text/xml",
            NotHtmlError,
        ),
        (b'<?xml version="1.0"?><?xml-stylesheet href="/a.xsl"?>\n<urlset><url/></urlset>', "text/xml", NotHtmlError),
        (b"<sitemapindex><sitemap/></sitemapindex>", "application/xml", NotHtmlError),
        (b'<?xml version="1.0"?>\n<?xml-stylesheet href="/a.xsl"?>\n<rss><channel/></rss>', "text/xml", NotHtmlError),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>a</title></feed>', "text/html", NotHtmlError),
        (b"words without any markup", "text/plain", NotHtmlError),
        (b"", "text/html", EmptyPageError),
        (b" \n\t ", "text/html", EmptyPageError),
        (b"\xef\xbb\xbf", "text/html", EmptyPageError),
        (b"<html></html>", "text/html", EmptyPageError),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, kind: str, error: type[Exception]):
    with pytest.raises(error):
        open_document(page(body, kind=kind))


@pytest.mark.parametrize("kind", ["text/html", "application/xhtml+xml", "text/plain", "application/octet-stream", ""])
def test_markup_of_a_usual_type_is_parsed(kind: str):
    document = open_document(page(ARTICLE, kind=kind))
    assert len(list(document.root.iter("p"))) == len(PARAGRAPHS)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("", "https://news.example.org/a/b.html"),
        ('<base href="/c/">', "https://news.example.org/c/"),
        ('<base href="https://cdn.example.net/x">', "https://cdn.example.net/x"),
        ('<base target="_blank"><base href="d/">', "https://news.example.org/a/d/"),
        ('<base href="javascript:alert(1)">', "https://news.example.org/a/b.html"),
        ('<base href="http://[bad">', "https://news.example.org/a/b.html"),
    ],
)
def test_base_of_links(base: str, expected: str):
    found = open_document(page(f"<html><head>{base}</head><body>x</body></html>", "https://news.example.org/a/b.html"))
    assert found.base == expected
