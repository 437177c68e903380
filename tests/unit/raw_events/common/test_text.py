"""Text of others on its way to people: guards against a name that a terminal would obey."""

import pytest

from raw_events.common.text import HIDDEN, is_text, shown, shown_lines


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


def test_a_name_that_is_not_utf8() -> None:
    assert is_text("café")
    assert not is_text("caf\udce9")
