# ruff: noqa: E501  a promotion stands on one line
"""Promotions of the publisher inside an article are removed; boxes and lines that say something else stay."""

import pytest

from ingestd.extract.article import extract_article
from tests.extract.helpers import PARAGRAPHS, page

P = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)


def lines_beside_the_article(inserted: str) -> list[str]:
    html = (
        f"<html><head><title>The library stays</title></head><body><article>{P}{P}{inserted}{P}</article></body></html>"
    )
    lines = extract_article(None, page(html)).text.splitlines()
    assert sum(line in PARAGRAPHS for line in lines) == 3 * len(PARAGRAPHS)
    return [line for line in lines if line not in PARAGRAPHS]


PROMOTIONS = {
    "newsletter with a form": '<div><h3>The best of our journalism</h3><p>Our morning email breaks down the day.</p><form action="/nl"><label>E-mail</label></form><p>Newsletters may contain ads.</p></div>',
    "newsletter": '<div class="box"><h3>Get the best of our journalism</h3><p>Our email breaks down the day, and why it matters.</p><p>Privacy Notice: Newsletters may contain ads.</p></div>',
    "links past it": '<a href="#after">skip past newsletter promotion</a><div><p>Sign up to First Edition</p><p>Our email breaks down the day.</p></div><p id="after">after newsletter promotion</p>',
    "WhatsApp channel": '<div><p><b>Follow our WhatsApp channel</b></p><p>The news of the day, on your phone. <a href="https://whatsapp.com/channel/x">Click here to join</a></p></div>',
    "app": '<div><p>Download our app</p><p>Read this story faster in our app.</p><a href="https://apps.apple.com/app/1">App Store</a></div>',
    "register wall": '<div class="regwall"><h2>Register to read more</h2><p>Create a free account to unlock five articles.</p><p>Already have an account? <a href="/login">Sign in</a></p></div>',
    "subscription": '<div><h4>Support independent journalism</h4><p>From $1 a week, cancel at any time.</p><a href="/subscribe">Subscribe now</a></div>',
    "donation": '<div><p>If you value our reporting, please consider a donation.</p><a href="/donate">Donate</a></div>',
    "jobs": "<div><p><b>Advertisement feature: we are hiring</b></p><p>The Daily looks for a reporter in Leeds. Apply by Friday, with a CV.</p></div>",
    "poll": "<div><h3>Poll: should the library stay?</h3><ul><li>Yes</li><li>No</li></ul><p>1,204 votes so far. Voting closes on Sunday.</p></div>",
    "survey": "<div><p>Take our survey</p><form><label>Yes</label><label>No</label></form></div>",
    "German": "<div><p>Newsletter</p><p>Jeden Morgen das Wichtigste, kostenlos in Ihr Postfach.</p><p>Mit der Anmeldung stimmen Sie den Bedingungen zu.</p></div>",
    "German line": "<p>Keine Nachricht mehr verpassen: Folgen Sie uns auf WhatsApp, und holen Sie sich unsere App.</p>",
    "French": "<div><p>La newsletter du matin</p><p>Recevez chaque matin l’essentiel de l’actualité.</p><p>S’inscrire</p></div>",
    "Spanish": "<p>Únete a nuestro canal de WhatsApp y recibe las noticias al instante.</p>",
    "Italian": "<p>Iscriviti alla newsletter e ricevi le notizie ogni mattina.</p>",
    "Russian": "<p>Подписывайтесь на наш канал в Telegram: https://t.me/news</p>",
    "Ukrainian": "<p>Підписуйтесь на наш Telegram-канал</p>",
    "Japanese": "<p>アプリをダウンロードして、最新ニュースをチェック</p>",
    "Korean": "<p>카카오톡 채널을 추가하고 뉴스를 받아보세요</p>",
    "Chinese app": '<div><p>下载新闻客户端，第一时间掌握最新消息</p><p><img src="/qr.png" alt="二维码">扫描二维码下载</p></div>',
    "Chinese account": "<p>欢迎关注本报微信公众号“每日新闻”（ID：dailynews），获取更多资讯。</p>",
    "Chinese wall": "<p>如需阅读全文，请订阅本刊会员，首月仅需一元。</p>",
}


@pytest.mark.parametrize("name", PROMOTIONS)
def test_promotion_is_removed(name: str):
    assert lines_beside_the_article(PROMOTIONS[name]) == []


KEPT = {
    "quotation of a call": "<blockquote><p>“Follow us,” said the leader, “and join our channel.”</p></blockquote>",
    "heading about newsletters": "<h2>Newsletters and the law</h2>",
    "sentence about an app": "<p>The app of the city, which was downloaded a million times, tells when the bus comes.</p>",
    "sentence about a channel": "<p>On WhatsApp, where the rumour began, a thousand groups shared it within the hour.</p>",
    "box of facts": "<div><h3>The library in figures</h3><p>Founded: 1902.</p><p>Books: 120,000.</p></div>",
    "box of contacts": "<div><p>The counselling service can be reached day and night.</p><p>Telephone: 0800 111 0 111</p></div>",
    "steps": "<div><p>Open the settings of the phone.</p><p>Then choose “Subscriptions”, and end the one that you want to end.</p></div>",
    "Chinese sentence": "<p>市民下载该应用后，可以在手机上查询图书馆的开放时间，也可以预约座位。</p>",
    "Chinese channel": "<p>该公司在微信公众号上发布声明，否认了这一消息，并表示将采取法律行动。</p>",
    "picture of an app": '<figure><img src="/app.jpg" width="600" alt=""><figcaption>Download our app, says the poster.</figcaption></figure>',
}


@pytest.mark.parametrize("name", KEPT)
def test_what_is_no_promotion_stays(name: str):
    assert lines_beside_the_article(KEPT[name]) != []


def test_long_section_that_begins_as_a_call_stays():
    section = f"<section><h2>Subscribe</h2><p>{PARAGRAPHS[0]}</p><p>{' It rained.' * 60}</p></section>"
    assert any("It rained" in line for line in lines_beside_the_article(section.replace(PARAGRAPHS[0], "So it was.")))


def test_article_that_is_short_itself_stays():
    html = "<html><body><article><h1>Poll: the library stays</h1><p>Poll: most of us want it, says the council.</p></article></body></html>"
    assert "most of us want it" in extract_article(None, page(html)).text
