"""Rules about entries as users write them: what is read, and how the place in one that cannot be read is told."""

import pytest

from ingestd.config.filter_rules import MAX_RULE_CHARS, FilterRuleError, parse_filter_rule


@pytest.mark.parametrize(
    ("text", "field", "word", "expression"),
    [
        ("title: 彩票", "title", "彩票", None),
        ("TITLE:彩票", "title", "彩票", None),
        ("any: breaking news", "any", "breaking news", None),
        ("url: example.com/ads", "url", "example.com/ads", None),
        ("title: 10:30", "title", "10:30", None),
        ("url: /\\/video\\//", "url", "", "\\/video\\/"),
        ("url: //video//", "url", "", "/video/"),
        ("title: /^\\[AD\\]/i", "title", "", "^\\[AD\\]"),
    ],
)
def test_a_rule_is_read(text, field, word, expression):
    rule = parse_filter_rule(text)
    assert (rule.field, rule.word) == (field, word)
    assert (rule.expression and rule.expression.pattern) == expression


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("彩票", "a rule is written", 0),
        ("titel: 彩票", "its field is one of title, url", 0),
        ("title:", "is missing behind the colon", 6),
        ("title: …", "neither a letter nor a digit", 7),
        ("title: /彩票", "ends with / or /i", 7),
        ("title: /彩票/x", "ends with / or /i", 11),
        ("title: //", "would match everything", 8),
        ("title: /彩票(/", "no regular expression: missing )", 11),
        ("title: /a**/", "no regular expression", 10),
        ("title: /" + "a" * MAX_RULE_CHARS + "/", "at most", 0),
    ],
)
def test_the_fault_and_its_place_are_one_line(text, reason, place):
    with pytest.raises(FilterRuleError) as caught:
        parse_filter_rule(text)
    message = str(caught.value)
    assert reason in message
    assert f'(at character {place + 1} of "{text[:10]}' in message
    assert message.isprintable()
