"""Pages in the charsets of East Asia under right, wrong and missing labels: the article is read, nothing is U+FFFD."""

import pytest

from ingestd.extract.article import extract_article
from tests.extract.helpers import SAETZE, page

SIMPLIFIED = SAETZE
RARE = tuple(f"{text}朱镕基、喆、堃与𠮷野家。" for text in SAETZE)
TRADITIONAL = (
    "市議會週二深夜投票決定，保留老圖書館，此前的辯論持續了整整六個小時。",
    "居民們收集了四千多個簽名，許多人擠滿了旁聽席，不少人是第一次來到這裡。",
    "資金將來自原本用於道路維修的基金，對此，一些議員提出了尖銳的批評。",
)
HONG_KONG = tuple(f"{text}佢哋喺度傾偈，冇嘢嘅，唔使驚。" for text in TRADITIONAL)
KOREAN = (
    "시의회는 화요일 밤늦게 표결을 거쳐 오래된 도서관을 그대로 두기로 결정했다.",
    "주민들은 사천 명이 넘는 서명을 모았고, 많은 사람들이 방청석을 가득 메웠다.",
    "지붕에 대한 최종 결정은 기술자들의 보고가 끝나는 가을에 내려질 것으로 보인다.",
)
JAPANESE = (
    "市議会は火曜日の深夜に採決を行い、古い図書館をそのまま残すことを決めた。",
    "住民たちは四千人を超える署名を集め、多くの人が傍聴席を埋め尽くした。",
    "屋根についての最終的な決定は、技術者の報告が出る秋になる見通しである。",
)

#: What the page is written in, what its header and its `<meta>` say, and its text.
PAGES = [
    ("gbk", None, "gb2312", SIMPLIFIED),
    ("gbk", "gb2312", None, SIMPLIFIED),
    ("gbk", None, None, SIMPLIFIED),
    ("gbk", "utf-8", "utf-8", SIMPLIFIED),
    ("gb18030", None, "gb2312", RARE),
    ("gb18030", "gbk", None, RARE),
    ("big5", None, "big5", TRADITIONAL),
    ("big5", None, None, TRADITIONAL),
    ("big5", "gb2312", "big5", TRADITIONAL),
    ("big5hkscs", None, "big5", HONG_KONG),
    ("big5hkscs", "big5-hkscs", None, HONG_KONG),
    ("euc_kr", None, "euc-kr", KOREAN),
    ("cp949", "euc-kr", "ks_c_5601-1987", KOREAN),
    ("euc_kr", None, None, KOREAN),
    ("cp932", None, "shift_jis", JAPANESE),
    ("cp932", None, None, JAPANESE),
    ("euc_jp", "euc-jp", "shift_jis", JAPANESE),
    ("utf-8", None, "gb2312", SIMPLIFIED),
    ("utf-8", "gb2312", "gb2312", RARE),
    ("utf-8", "iso-8859-1", None, JAPANESE),
    ("utf-8-sig", "gbk", "gbk", SIMPLIFIED),
    ("utf-16", None, "gb2312", TRADITIONAL),
    ("utf-16-le", "utf-16", None, KOREAN),
]


@pytest.mark.parametrize(("codec", "header", "meta", "texts"), PAGES)
def test_any_label_is_decoded(codec: str, header: str | None, meta: str | None, texts: tuple[str, ...]) -> None:
    declared = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    paragraphs = "".join(f"<p>{text}</p>" for text in texts)
    html = f"<html><head>{declared}<title>{texts[0][:8]}</title></head><body><div>{paragraphs}</div></body></html>"
    kind = f"text/html; charset={header}" if header else "text/html"
    article = extract_article(None, page(html.encode(codec), kind=kind))
    assert article.text == "\n".join(texts)
    assert article.title == texts[0][:8]
