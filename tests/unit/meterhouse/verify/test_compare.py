"""What differs between two documents is said with its place and both values."""

from meterhouse.verify.compare import SHOWN, differences


def test_the_same_bytes_are_no_difference():
    assert differences('{"total":"1.0000"}', '{"total":"1.0000"}') == []


def test_a_changed_value_a_missing_line_and_a_new_field_are_named():
    recorded = '{"lines":[{"amount":"1.00"},{"amount":"2.00"}],"total":"3.00"}'
    rebuilt = '{"code":"x","lines":[{"amount":"1.50"}],"total":"3.00"}'
    assert differences(recorded, rebuilt) == [
        "code: final null, rebuilt x",
        "lines[0].amount: final 1.00, rebuilt 1.50",
        'lines[1]: final {"amount": "2.00"}, rebuilt null',
    ]


def test_many_differences_are_counted():
    recorded = str(list(range(20)))
    rebuilt = str(list(range(1, 21)))
    assert differences(recorded, rebuilt)[SHOWN:] == [f"and {20 - SHOWN} more"]


def test_other_bytes_with_the_same_values_are_a_difference():
    assert differences('{"a":1}', '{"a": 1}') == ["the same values in other bytes"]


def test_an_id_that_an_earlier_release_did_not_keep_is_not_missed():
    line = '{"amount":"%s","line_type":"subscription","source_id":%s}'
    recorded = '{"lines":[' + line % ("1.00", "null") + "]}"
    assert differences(recorded, '{"lines":[' + line % ("1.00", '"s1"') + "]}") == []
    assert differences(recorded, '{"lines":[' + line % ("2.00", '"s1"') + "]}") == [
        "lines[0].amount: final 1.00, rebuilt 2.00"
    ]
    kept = '{"lines":[' + line % ("1.00", '"s2"') + "]}"
    assert differences(kept, '{"lines":[' + line % ("1.00", '"s1"') + "]}") == [
        "lines[0].source_id: final s2, rebuilt s1"
    ]
