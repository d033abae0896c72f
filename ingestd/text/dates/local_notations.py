"""Notations of single languages as digits: Chinese numerals, eras, dots between spaces, months that are a number."""

import re

_CJK_UNITS = str.maketrans(
    {
        "년": "年",
        "월": "月",
        "일": "日",
        "시": "時",
        "분": "分",
        "초": "秒",
        "时": "時",
        "点": "時",
        "點": "時",
        "號": "日",
        "号": "日",
    }
)
# "18 4月 2021": a month's number where RFC 822 has its name.
_CJK_MONTH = re.compile(r"(?<!\d)(\d{1,2}) (\d{1,2})月,? (\d{4})(?!\d)")
# "18 tháng 4, 2021" and "Thứ 2" (Monday) in Vietnamese.
_VIETNAMESE_MONTH = re.compile(r"(?<!\d)(\d{1,2}) (?:tháng|thg) (\d{1,2})(?:,? năm)?,? (\d{4})(?!\d)", re.I)
_VIETNAMESE_WEEKDAY = re.compile(r"\bthứ [2-7]\b", re.I)
# "14. 1. 2021" in Czech, "2021. 1. 14." in Korean.
_SPACED_DOTS = re.compile(r"(?<!\d)(\d{1,4})\. ?(\d{1,2})\. ?(\d{1,4})(?!\d)")
# "18. april 2021 kl. 09.18" in Danish, "18.4.2021 9.18" in Finnish, "18 Apr 2021 09.18.05" in Indonesian.
_DOTTED_TIME = re.compile(r"(\d{4},? |\bklo?\.? )(\d{1,2})\.(\d\d)(?:\.(\d\d))?(?![\d.])", re.I)
_CJK_WEEKDAY = re.compile(
    r"(?:星期|周|週|礼拜|禮拜)[一二三四五六日天]|[月火水木金土日월화수목금토일](?:曜日?|요일)"
    r"|[((][一二三四五六日月火水木金土월화수목금토일][))]"
)
_CJK_DIGITS = {character: str(number) for number, character in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_CJK_NUMBER = re.compile("[〇零一二三四五六七八九十]+(?=[年月日時分秒])")
_ERA = re.compile(r"(令和|平成|昭和|中華民國|民國|民国)(\d{1,3}|元)(?=年)")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911, "中華民國": 1911}


def to_digits(text: str) -> str:
    """`text` with its numerals and eras as digits, its units as 年月日時分秒, its times with colons."""
    text = _VIETNAMESE_MONTH.sub(r"\1.\2.\3", _SPACED_DOTS.sub(r"\1.\2.\3", text))
    text = _DOTTED_TIME.sub(lambda found: f"{found[1]}{found[2]}:{found[3]}:{found[4] or '00'}", text)
    if text.isascii():
        return text
    text = _CJK_WEEKDAY.sub(" ", _VIETNAMESE_WEEKDAY.sub(" ", text)).translate(_CJK_UNITS)
    text = _CJK_NUMBER.sub(lambda found: _numeral_digits(found[0]), text)
    text = _ERA.sub(lambda found: str(_ERAS[found[1]] + (1 if found[2] == "元" else int(found[2]))), text)
    return _CJK_MONTH.sub(r"\3年\2月\1日 ", text).replace("−", "-")


def _numeral_digits(numeral: str) -> str:
    if "十" not in numeral:
        return "".join(_CJK_DIGITS[character] for character in numeral)
    tens, _, ones = numeral.partition("十")
    return _CJK_DIGITS.get(tens, "1") + _CJK_DIGITS.get(ones, "0")
