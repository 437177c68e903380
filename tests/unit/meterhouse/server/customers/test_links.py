"""Links to pages: whose they are and when they end is signed (S-77).

Guards against a link that is made up, altered, over, or signed by a key that is not ours any more.
"""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterhouse.cli.main import main
from meterhouse.server.customers.links import FILE, Keys, new_key, new_link, read_keys, read_link

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
KEYS = {"a": b"1" * 32, "b": b"2" * 32}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_link_says_whose_pages_up_to_its_end(home: Path):
    text = new_link(home, "a/b é", 2, NOW)
    keys = read_keys(home)
    assert read_link(text, keys, NOW).customer == "a/b é"
    assert read_link(text, keys, NOW + timedelta(days=2, seconds=-1))
    assert read_link(text, keys, NOW + timedelta(days=2)) is None


def test_its_key_is_the_owners_alone(home: Path):
    new_link(home, "acme", 1, NOW)
    assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_an_altered_link_is_none(tmp_path_factory, data):
    home = tmp_path_factory.mktemp("home")
    text = new_link(home, "acme", 30, NOW)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/ \n\u00e9"))
    altered = text[:place] + letter + text[place + 1 :]
    # Of the last letter two bits say nothing: such a text says the same.
    if altered[:-1] != text[:-1]:
        assert read_link(altered, read_keys(home), NOW) is None
    assert read_link(text[:place], read_keys(home), NOW) is None
    assert read_link(text + letter, read_keys(home), NOW) is None


@pytest.mark.parametrize(
    "text", ["", ".", "x.y", "W10.x", "bnVsbA.x", "WzEsMiwzXQ.x", "a.b.c", "\ud800.x", "=" * 9000]
)
def test_what_is_no_link_is_none_without_an_error(text):
    assert read_link(text, KEYS, NOW) is None


def test_what_another_key_signed_says_nothing(home: Path):
    text = new_link(home, "acme", 30, NOW)
    assert read_link(text, {}, NOW) is None and read_link(text, KEYS, NOW) is None
    assert read_link(text, KEYS | read_keys(home), NOW)


def test_a_new_key_signs_and_the_old_links_count_until_they_are_forgotten(home: Path):
    keys = Keys(home)
    first = new_link(home, "acme", 30, NOW)
    assert read_link(first, keys.now(), NOW)
    new_key(home)
    second = new_link(home, "acme", 30, NOW)
    assert read_link(first, keys.now(), NOW) and read_link(second, keys.now(), NOW)
    new_key(home, forget=True)
    third = new_link(home, "acme", 30, NOW)
    assert [bool(read_link(it, keys.now(), NOW)) for it in (first, second, third)] == [0, 0, 1]


def test_the_command_prints_the_link_alone_on_its_last_line(home: Path, capsys):
    assert main(["link", "acme", "--days", "3", "--url", "https://bills.example.com/"]) == 0
    url = capsys.readouterr().out.splitlines()[-1]
    assert url.startswith("https://bills.example.com/customer/pages/")
    text = url.removesuffix("/index.html").rsplit("/", 1)[1]
    found = read_link(text, read_keys(home), datetime.now(UTC))
    assert found.customer == "acme"
    assert found.expires_at - datetime.now(UTC) < timedelta(days=3)
    assert main(["link"]) == 2 and main(["link", "acme", "--forget"]) == 2
    with pytest.raises(SystemExit):
        main(["link", "acme", "--days", "0"])


def test_a_damaged_file_of_keys_ends_links_and_says_so(home: Path, capsys):
    text = new_link(home, "acme", 30, NOW)
    (home / FILE).write_text("{")
    assert read_link(text, Keys(home).now(), NOW) is None
    assert main(["link", "acme"]) == 1 and "backup" in capsys.readouterr().err
