"""What an answer means and when a message is sent again (S-74)."""

from datetime import UTC, datetime, timedelta

import pytest

from meterhouse.delivery.attempts import Answer, judge

NOW = datetime(2026, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_alone_is_success(status):
    assert judge(Answer(status, ""), 1, NOW).outcome == "delivered"


@pytest.mark.parametrize("status", [None, 408, 429, 500, 502, 503, 599])
def test_what_passes_is_tried_again(status):
    verdict = judge(Answer(status, ""), 1, NOW)
    assert (verdict.outcome, verdict.retry_at) == ("failed", NOW + timedelta(minutes=1))


@pytest.mark.parametrize("status", [100, 199, 301, 302, 307, 308, 400, 401, 403, 404, 410, 418])
def test_what_does_not_pass_is_dead_at_once(status):
    assert judge(Answer(status, ""), 1, NOW).outcome == "dead"


def test_the_waits_are_those_of_the_rule_and_the_tenth_failure_is_the_last():
    waits = [judge(Answer(500, ""), tries, NOW).retry_at - NOW for tries in range(1, 10)]
    hours = [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), *hours]
    assert judge(Answer(500, ""), 10, NOW).outcome == "dead"


@pytest.mark.parametrize(("asked", "minutes"), [(30, 1), (600, 10), (10**6, 24 * 60)])
def test_retry_after_makes_a_wait_longer_and_never_longer_than_a_day(asked, minutes):
    verdict = judge(Answer(429, "", timedelta(seconds=asked)), 1, NOW)
    assert verdict.retry_at == NOW + timedelta(minutes=minutes)
