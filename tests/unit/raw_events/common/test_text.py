"""Text of others on its way to people: guards against a name that a terminal would obey."""

import json
import urllib.parse
from datetime import UTC, date, datetime

import pytest

from raw_events.common.hidden import HIDDEN, without_secrets
from raw_events.common.text import counted, is_text, shown, shown_lines, shown_row
from tests.hostile.in_time import in_time


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("acme-1", "acme-1"),
        ("Zoë, 東京, Ελλάδα, naïve", "Zoë, 東京, Ελλάδα, naïve"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x9b2J\x7f\x00", r"\x9b2J\x7f\x00"),
        ("invoice\u202efdp.exe", r"invoice\u202efdp.exe"),
        ("a\u200bb\ufeff\u2066", r"a\u200bb\ufeff\u2066"),
        ("\U000e0041", r"\U000e0041"),
        ("caf\udce9", r"caf\xe9"),
        ("a\u2028b", r"a\u2028b"),
    ],
)
def test_what_has_no_shape_is_shown(given: str, wanted: str) -> None:
    assert shown(given) == wanted
    assert shown(wanted) == wanted


def test_a_message_keeps_its_lines_alone() -> None:
    assert shown_lines("one\ntwo\x1b]0;x\x07\r") == "one\ntwo\\x1b]0;x\\x07\\r"


def test_secrets_are_said_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "correct horse")
    monkeypatch.setenv("BILLING_API_TOKEN", "correct horse battery")
    monkeypatch.setenv("SOURCE_URL", "postgresql://reader:f%40lse-friend@db.example/usage")
    monkeypatch.setenv("SHORT_KEY", "yes")
    message = (
        "could not connect to postgresql://reader:f%40lse-friend@db.example/usage, nor to "
        "https://me:pw@example.com: f%40lse-friend, correct horse battery, correct horse; yes"
    )
    assert shown_lines(message) == (
        f"could not connect to postgresql://reader:{HIDDEN}@db.example/usage, nor to "
        f"https://me:{HIDDEN}@example.com: {HIDDEN}, {HIDDEN}, {HIDDEN}; yes"
    )


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://u:p@ss/word@h/db", "postgres://u:***@h/db"),
        ("postgres://u:pa/ss@h", "postgres://u:***@h"),
        ("postgres://u:a:b@h", "postgres://u:***@h"),
        ("redis://:pw@h:6379/0", "redis://:***@h:6379/0"),
        ("'postgres://u:p\"w@h', then mail a@b.c", "'postgres://u:***@h', then mail a@b.c"),
        ("see https://h:80/path and a@b.c", "see https://h:80/path and a@b.c"),
        ("ssh://git@h/repo", "ssh://git@h/repo"),
    ],
)
def test_a_password_in_a_url_ends_at_the_last_at(given: str, wanted: str) -> None:
    assert without_secrets(given) == wanted


@pytest.mark.parametrize(
    "name",
    ["DB_PASS", "PGPASS", "MYSQL_PWD", "DBPWD", "NPM_AUTH", "REDISCLI_AUTH", "PROXY_AUTHORIZATION"],
)
def test_what_is_named_a_secret_is_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "correct horse")
    assert without_secrets("no correct horse here") == f"no {HIDDEN} here"


@pytest.mark.parametrize("name", ["PWD", "OLDPWD", "SSH_ASKPASS", "SSH_AUTH_SOCK", "BYPASS"])
def test_a_folder_and_a_program_are_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/srv/folder")
    assert without_secrets("in /srv/folder") == "in /srv/folder"


@pytest.mark.parametrize(
    "secret", ["back\\slash-\\n", 'it\'s "quoted"', "it's-single", 'a "double" one', "Zoë\ttab-key"]
)
def test_a_secret_is_found_in_every_spelling(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("DB_PASSWORD", secret)
    quoted = urllib.parse.quote(secret, safe="")
    written = [secret, repr(secret), repr(ValueError(f"{secret}'")), json.dumps(secret), quoted]
    written += [repr([f"error: {secret!r}"]), secret.replace("'", "''"), shown(secret)]
    for text in written:
        said = without_secrets(f"cannot log in with {text}")
        assert HIDDEN in said, text
        assert secret[-5:] not in said


def test_passwords_of_urls_are_hidden_where_they_stand_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCE", "postgres://u:p@ss/w%C3%B6rd@h/db?mail=a@b.c")
    monkeypatch.setenv("PEM_KEY", "-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n")
    said = without_secrets("tried p@ss/wörd, p@ss/w%C3%B6rd, MIIEvQIBADANBg")
    assert said == f"tried {HIDDEN}, {HIDDEN}, {HIDDEN}"


def test_text_made_to_be_slow_is_not() -> None:
    with in_time(20):
        without_secrets("a://b:" * 200_000)
        without_secrets("://" * 400_000)
        without_secrets("a://b " + "a" * 400_000 + "@")


def test_a_name_that_is_not_utf8() -> None:
    assert is_text("café")
    assert not is_text("caf\udce9")


def test_numbers_and_rows_as_people_write_them() -> None:
    said = [counted(1, "event"), counted(0, "event"), counted(2_000, "batch"), counted(1, "batch")]
    assert said == ["1 event", "0 events", "2,000 batches", "1 batch"]
    row = {"id": 7, "at": datetime(2026, 1, 31, tzinfo=UTC), "on": date(2026, 1, 31), "n": None}
    assert shown_row({**row, "name": "a\n"}) == (
        "id: 7, at: 2026-01-31T00:00:00+00:00, on: 2026-01-31, n: null, name: a\\n"
    )
