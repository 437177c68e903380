"""Usage over days and longer: as the metric says, once, and only where it follows from days."""

import metronome
import pytest

from tests.unit.meterhouse.server.reading.tiny import FEBRUARY, MARCH, invoice, publish, sdk, usage

EU, US = '{"region":"eu","user_id":"a"}', '{"region":"us","user_id":null}'
NONE, TEXT = '{"region":null,"user_id":"b"}', '{"region":"null","user_id":"b"}'
PEAK = {"metric": "peak_connections"}
UNIQUE = {"metric": "active_users"}
MARTS = {
    "usage_daily": [
        usage("acme", 1, EU, "3"),
        usage("acme", 1, US, "0.1"),
        usage("acme", 2, EU, "0.2"),
        usage("acme", 2, NONE, "5"),
        usage("acme", 2, TEXT, "7"),
        # The same days under a second contract of the customer.
        usage("acme", 1, EU, "3", contract_id="acme-2"),
        usage("acme", 2, EU, "0.2", contract_id="acme-2"),
        usage("globex", 1, EU, "1000"),
        usage("acme", 1, '{"region":"eu"}', "4", **PEAK),
        usage("acme", 2, '{"region":"eu"}', "9", **PEAK),
        usage("acme", 3, '{"region":"us"}', "1", **PEAK),
        usage("acme", 1, '{"region":"eu"}', "2", **UNIQUE),
        usage("acme", 1, '{"region":"us"}', "2", **UNIQUE),
    ],
    "invoices": [invoice("acme-1.usage.2026-02-01", "acme", FEBRUARY, MARCH)],
}
SPAN = {"starting_on": "2026-01-01T00:00:00Z", "ending_before": "2026-02-01T00:00:00Z"}
GROUPS = {"customer_id": "acme", "billable_metric_id": "api_calls_v1", **SPAN}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, MARTS)
    return sdk(home).v1.usage


def values(client, size: str, *ids: str, **asked) -> list[tuple]:
    asked = {**SPAN, "customer_ids": ["acme"], **asked}
    found = client.list(window_size=size, billable_metrics=[{"id": id} for id in ids], **asked)
    return [(one.start_timestamp.day, one.value_exact) for one in found]


def test_days_and_the_whole_of_a_sum(client):
    by_day = values(client, "DAY", "api_calls_v1")
    assert by_day == [(1, "3.1000000000"), (2, "12.2000000000")]
    # As decimals: 3 + 0.1 + 0.2 + 5 + 7, and nothing twice.
    assert values(client, "NONE", "api_calls_v1") == [(1, "15.3000000000")]


def test_a_maximum_is_taken_over_days_before_groups_are_added(client):
    assert values(client, "NONE", "peak_connections_v1") == [(1, "10.0000000000")]


def test_what_does_not_follow_from_days_is_refused_or_said(client):
    with pytest.raises(metronome.BadRequestError, match="active_users_v1 over several days"):
        values(client, "NONE", "active_users_v1")
    with pytest.raises(metronome.BadRequestError, match="do not add up"):
        values(client, "DAY", "active_users_v1")
    with pytest.raises(metronome.BadRequestError, match="HOUR"):
        values(client, "HOUR", "api_calls_v1")
    found = client.list(window_size="NONE", customer_ids=["acme"], **SPAN)
    [unknown] = [one for one in found if one.billable_metric_id == "active_users_v1"]
    assert unknown.value is None and "DAY" in unknown.value_missing
    # By all of its keys it can be said.
    found = client.list_with_groups(
        window_size="DAY",
        group_key=["region"],
        **{**GROUPS, "billable_metric_id": "active_users_v1"},
    )
    assert [(one.group_value, one.value) for one in found] == [("eu", 2.0), ("us", 2.0)]


def test_nothing_asked_for_is_nothing(client):
    assert client.list(window_size="DAY", billable_metrics=[], **SPAN).data == []
    assert client.list(window_size="DAY", customer_ids=[], **SPAN).data == []


def test_a_customer_that_is_none_is_not_one_without_usage(client):
    """A misspelled id must not read as: nothing was used."""
    for asked in (["acne"], ["acme", "acne"]):
        with pytest.raises(metronome.NotFoundError, match="'acne'"):
            client.list(window_size="DAY", customer_ids=asked, **SPAN)
    # Known and without usage.
    assert client.list(window_size="DAY", customer_ids=["a/b c"], **SPAN).data == []


def test_one_day_as_a_whole_is_that_day(client):
    span = {"ending_before": "2026-01-02T00:00:00Z"}
    assert values(client, "NONE", "peak_connections_v1", **span) == [(1, "4.0000000000")]


def test_customers_do_not_see_one_another(client):
    found = list(client.list(window_size="NONE", customer_ids=["globex"], **SPAN))
    assert [(one.customer_id, one.value) for one in found] == [("globex", 1000.0)]
    both = client.list(window_size="NONE", billable_metrics=[{"id": "api_calls_v1"}], **SPAN)
    assert [one.customer_id for one in both] == ["acme", "globex"]
    grouped = client.list_with_groups(window_size="NONE", **{**GROUPS, "customer_id": "globex"})
    assert [one.value for one in grouped] == [1000.0]
    with pytest.raises(metronome.NotFoundError):
        client.list_with_groups(window_size="NONE", **{**GROUPS, "customer_id": "nobody"})


def test_groups_of_a_list(client):
    def groups(**group_by) -> dict:
        asked = [{"id": "api_calls_v1", "group_by": group_by}]
        [found] = client.list(
            window_size="NONE", customer_ids=["acme"], billable_metrics=asked, **SPAN
        )
        return found.groups

    # Without a value is `null`; the text null is quoted, so that both can stand there.
    assert groups(key="region") == {"eu": 3.2, "us": 0.1, "null": 5.0, '"null"': 7.0}
    assert groups(key="region", values=["eu", "asia"]) == {"eu": 3.2, "asia": None}
    # A value that looks like a parameter of a query is a value.
    assert groups(key="region", values=["$rows", "$x"]) == {"$rows": None, "$x": None}
    with pytest.raises(metronome.BadRequestError, match="no group key 'model'"):
        groups(key="model")


def test_groups_with_pages(client):
    def groups(**asked) -> list[tuple]:
        found = client.list_with_groups(window_size="NONE", **GROUPS, **asked)
        return [(one.group, one.value) for one in found]

    by_region = groups(group_key=["region"])
    assert by_region == [
        ({"region": "eu"}, 3.2),
        ({"region": "null"}, 7.0),
        ({"region": "us"}, 0.1),
        ({}, 5.0),
    ]
    assert groups(group_key=["region"], limit=1) == by_region
    assert groups(group_by={"key": "region", "values": ["us"]}) == [({"region": "us"}, 0.1)]
    both = groups(group_key=["region", "user_id"], group_filters={"user_id": ["a"]})
    assert both == [({"region": "eu", "user_id": "a"}, 3.2)]
    assert groups() == [({}, 15.3)]


def test_current_period(client):
    asked = {"customer_id": "acme", "billable_metric_id": "api_calls_v1", "window_size": "NONE"}
    assert list(client.list_with_groups(current_period=True, **asked)) == []
    with pytest.raises(metronome.BadRequestError, match="no open period"):
        client.list_with_groups(current_period=True, **{**asked, "customer_id": "globex"})
    with pytest.raises(metronome.BadRequestError, match="beside current_period"):
        client.list_with_groups(current_period=True, **asked, **SPAN)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"starting_on": "2026-01-01T01:00:00Z"}, "midnight"),
        ({"ending_before": "2026-01-01T00:00:00Z"}, "at least one day"),
        ({"billable_metrics": [{"id": "nothing_v1"}]}, "no billable metric"),
        ({"billable_metrics": [{"id": "api_calls_v1"}] * 2}, "twice"),
    ],
)
def test_what_cannot_be_served_is_refused(client, given, says):
    with pytest.raises(metronome.BadRequestError, match=says):
        client.list(window_size="DAY", **{**SPAN, **given})


def test_pages_of_many_customers(tmp_path, monkeypatch):
    rows = [usage(f"c{number:02}", 1 + number % 3, EU, "1") for number in range(8)]
    publish(tmp_path, {"usage_daily": [*rows, *(usage("c07", day, EU, "1") for day in (11, 12))]})
    client = sdk(tmp_path).v1.usage
    monkeypatch.setattr("meterhouse.server.reading.usage.ROWS", 2)
    for size, expected in (("DAY", 10), ("NONE", 8)):
        found = [
            (one.customer_id, one.start_timestamp) for one in client.list(window_size=size, **SPAN)
        ]
        assert len(found) == expected == len(set(found))
        assert found == sorted(found)
