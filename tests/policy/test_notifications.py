"""How notifications are written and signed, and when they are tried again."""

import json
from datetime import UTC, datetime

import pytest

from ingestd.policy.notifications import Notification, key_of_secret, notification, retry_delay_s, signed_headers

NOW = datetime.fromtimestamp(1614265330, UTC)


def test_the_body_holds_id_event_and_time_before_what_is_said():
    sent = notification(17, "post-new", "2026-11-22T17:00:00.123Z", {"post": {"title": "标题 \ud800"}})
    assert list(json.loads(sent.body)) == ["id", "event", "at", "post"]
    assert (sent.id, sent.event) == ("17-20261122170000123", "post-new")
    assert json.loads(sent.body)["id"] == sent.id
    assert "标题 ?".encode() in sent.body, "what UTF-8 cannot hold"


def test_signature_is_that_of_standard_webhooks():
    """The example that the libraries of Standard Webhooks are tested with."""
    sent = Notification("msg_p5jXN8AQM9LWM0D4loKWxJek", "test", b'{"test": 2432232314}')
    headers = dict(signed_headers(sent, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", NOW))
    assert headers == {
        "Content-Type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_no_signature_without_a_secret():
    headers = dict(signed_headers(Notification("1", "test", b"{}"), None, NOW))
    assert "webhook-signature" not in headers


@pytest.mark.parametrize(
    ("secret", "key"),
    [("word", b"word"), ("whsec_AAEC", b"\x00\x01\x02"), ("whsec_!", b"whsec_!"), ("密", "密".encode())],
)
def test_key_of_a_secret(secret, key):
    assert key_of_secret(secret) == key


@pytest.mark.parametrize(
    ("failures", "asked_s", "delay_s"),
    [
        (1, None, 10),
        (2, None, 20),
        (5, None, 160),
        (10, None, 3600),
        (5000, None, 3600),
        (1, 120.0, 120),
        (9, 5.0, 2560),
    ],
)
def test_delay_of_the_next_attempt(failures, asked_s, delay_s):
    assert retry_delay_s(failures, asked_s) == delay_s
