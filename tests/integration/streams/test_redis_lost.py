"""Guards against entries that Redis lost unread without a word, and alarms without a loss (S-66).

Skipped where redis-server or its library is not installed. No whole run.
"""

import pytest

from raw_events.collectors.collect import skip
from raw_events.collectors.errors import NothingToSkip, RecordsLost
from tests.integration.streams.collecting import ids, names, position, run, source
from tests.integration.streams.redis_stream import SETTINGS, add
from tests.unit.raw_events.event_cases import AS_OF, line


def test_what_was_read_may_be_cut_off_or_deleted(tmp_path, client):
    add(client, 0, 1)
    client.xtrim("usage", maxlen=1, approximate=False)
    # What was gone before anybody asked is no loss; nor is what goes after it was read.
    assert run(tmp_path, **SETTINGS).accepted == 1
    added = add(client, 2, 3, 4)
    assert run(tmp_path, **SETTINGS).accepted == 3
    client.xdel("usage", added[1])
    client.xtrim("usage", maxlen=0, approximate=False)
    assert run(tmp_path, **SETTINGS).accepted == 0
    add(client, 5)
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == names(1, 2, 3, 4, 5)


def test_entries_cut_off_unread_stop_it_with_the_numbers(tmp_path, client):
    add(client, *range(10))
    run(tmp_path, **SETTINGS)
    last = position(tmp_path)["id"]
    add(client, *range(10, 20))
    client.xtrim("usage", maxlen=4, approximate=False)
    for _ in range(2):
        with pytest.raises(RecordsLost) as stopped:
            run(tmp_path, **SETTINGS)
    assert "at least 6 entries" in str(stopped.value)
    assert f"20 entries were added to it, 4 are in it, and 10 were read, up to {last}" in str(
        stopped.value
    )
    assert len(ids(tmp_path)) == 10
    found, entry = skip(tmp_path / "home", source(tmp_path, **SETTINGS), "cut", "ann", AS_OF)
    assert found.what == f"6 entries of usage after {last}"
    assert entry.position["skipped"]["reason"] == "cut"
    assert run(tmp_path, **SETTINGS).accepted == 4
    assert ids(tmp_path) == names(*range(10), *range(16, 20))
    with pytest.raises(NothingToSkip):
        skip(tmp_path / "home", source(tmp_path, **SETTINGS), "again", "ann", AS_OF)


def test_one_unread_entry_deleted_in_the_middle_is_noticed(tmp_path, client):
    """The read ones are still there, so the bare number of what is gone says nothing."""
    add(client, *range(5))
    run(tmp_path, **SETTINGS)
    added = add(client, 5, 6, 7)
    client.xdel("usage", added[1])
    with pytest.raises(RecordsLost, match="lost 1 entries"):
        run(tmp_path, **SETTINGS)
    assert len(ids(tmp_path)) == 5
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "deleted by hand", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == 2
    client.xdel("usage", *add(client, 8))
    with pytest.raises(RecordsLost, match="lost 1 entries"):
        run(tmp_path, **SETTINGS)


@pytest.mark.parametrize("more", [1, 3, 5])
def test_a_stream_made_anew_is_noticed(tmp_path, client, more):
    add(client, 0, 1, 2)
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    with pytest.raises(RecordsLost, match="not there any more"):
        run(tmp_path, **SETTINGS)
    add(client, *range(10, 10 + more))
    with pytest.raises(RecordsLost, match="made anew"):
        run(tmp_path, **SETTINGS)
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == more


@pytest.mark.parametrize("looks", [0, 1])
def test_a_stream_made_anew_with_the_same_numbers_is_noticed(tmp_path, client, looks):
    """As many entries cut off as were read before: the numbers are those of a stream cut off."""
    add(client, *range(7))
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    if looks:
        with pytest.raises(RecordsLost):
            run(tmp_path, **SETTINGS)
    add(client, *range(10, 24))
    client.xtrim("usage", maxlen=7, approximate=False)
    with pytest.raises(RecordsLost, match=r"made anew, or cut off exactly .* 7 were read"):
        run(tmp_path, **SETTINGS)
    found, _ = skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert "before this one" in found.what
    assert run(tmp_path, **SETTINGS).accepted == 7
    add(client, 30)
    assert run(tmp_path, **SETTINGS).accepted == 1


def test_entries_of_the_same_ids_are_told_apart(tmp_path, client):
    for number in (1, 2):
        client.xadd("usage", {"event": line(f"t{number}")}, id=f"{number}-0")
    run(tmp_path, **SETTINGS)
    client.delete("usage")
    for number in (1, 2, 3):
        client.xadd("usage", {"event": line(f"u{number}")}, id=f"{number}-0")
    with pytest.raises(RecordsLost, match="entry 2-0 is another one now"):
        run(tmp_path, **SETTINGS)
    skip(tmp_path / "home", source(tmp_path, **SETTINGS), "made anew", "ann", AS_OF)
    assert run(tmp_path, **SETTINGS).accepted == 3


def test_the_last_entry_may_be_deleted_or_all_of_them_cut_off(tmp_path, client):
    added = add(client, 0, 1)
    run(tmp_path, **SETTINGS)
    client.xdel("usage", added[1])
    add(client, 2)
    assert run(tmp_path, **SETTINGS).accepted == 1
    client.xtrim("usage", maxlen=0, approximate=False)
    assert run(tmp_path, **SETTINGS).accepted == 0
    assert run(tmp_path, **SETTINGS).batches == 0
    add(client, 3)
    assert run(tmp_path, **SETTINGS).accepted == 1
    assert ids(tmp_path) == names(0, 1, 2, 3)
