"""Guards against an error that says a secret: a password, or a part of an address (S-67)."""

from pathlib import Path

import pytest

from raw_events.collectors.errors import SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.sql.databases import Database
from raw_events.collectors.streams.redis_client import RedisReader
from raw_events.common.hidden import without_secrets
from tests.unit.raw_events.collectors.fake import FakeSource, collected, lines


def test_the_error_that_is_kept_has_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:swordfish-9@db/x")
    source = FakeSource(lines(2))
    source.trouble = lambda _: (_ for _ in ()).throw(ValueError("bad: ann swordfish-9"))
    with pytest.raises(SourceError):
        collected(tmp_path, source)
    assert "swordfish" not in (tmp_path / "sources" / "fake.json").read_text()


@pytest.mark.parametrize(
    "address, error",
    [
        ("redis://:hunter2longer/secretpw@h", "Port could not be cast: 'hunter2longer'"),
        ("host=db password=my secretpw99", 'missing "=" after "secretpw99"'),
        ("host=db password='hunter2longer' user=ann", "bad: hunter2longer"),
    ],
)
def test_no_part_of_a_password_is_said(monkeypatch, address: str, error: str) -> None:
    """Readers cut an address where they think that a password ends, and complain of the rest."""
    monkeypatch.setenv("PRODUCT", address)
    said = without_secrets(error)
    assert "hunter2longer" not in said and "secretpw99" not in said


@pytest.mark.parametrize(
    "address",
    [
        "redis://:hunt7/x@127.0.0.1:1/0",
        "redis://u:se#ha@127.0.0.1:1/0",
        "redis://u:12#ha@127.0.0.1:1/0",
        "redis://u:pw[x]ha@127.0.0.1:1/0",
        "redis://u:pw@ha/ha@127.0.0.1:1/0",
    ],
)
def test_of_an_address_of_redis_that_cannot_be_read_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    pytest.importorskip("redis")
    monkeypatch.setenv("WHERE", address)
    with pytest.raises(SourceError, match="not shown") as refused:
        RedisReader("r", "WHERE").info("s", None)
    assert not any(part in str(refused.value) for part in ("hunt7", "'se'", ":12", "pw[x]", "ha:"))
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "address, is_said",
    [
        ("postgresql://user:se/cret@127.0.0.1:1/db", False),
        ("postgresql://user:p%zz@127.0.0.1:1/db", False),
        ("postgresql://user:a@b@127.0.0.1:1/db", False),
        ("host=127.0.0.1 port=1 user=u password=my pw99", False),
        ("host=127.0.0.1 port=1 user=u password=my pw=99", False),
        ("host=127.0.0.1 port=1 user=u password='my pw=99'", True),
        ("postgresql://user:my%2Fpw@127.0.0.1:1/db?sslmode=disable", True),
    ],
)
def test_of_an_address_of_a_database_that_cannot_be_read_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, address: str, is_said: bool
) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    monkeypatch.setenv("WHERE", address)
    head = Head("p", "connection: WHERE\n")
    with pytest.raises(SourceError) as refused, Database.of(head).connected():
        pass
    said = str(refused.value)
    assert ("not shown" in said, "Connection refused" in said) == (not is_said, is_said)
    assert not any(part in said for part in ('"se"', "%zz", "b@127", "pw99", '"pw"'))
