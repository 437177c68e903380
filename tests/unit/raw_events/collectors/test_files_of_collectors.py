"""Guards against files of collectors that hang a command, or are read otherwise than meant.

Also the variables they name: a misspelt one is refused (S-67).
"""

import os
import re
from pathlib import Path

import pytest

from raw_events.collectors import folder
from raw_events.collectors.errors import SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.streams.kafka_settings import settings


@pytest.mark.parametrize(
    "text, said",
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nkind: redis\n", "&a"),
        ("<<: *x\nkind: redis\n", "&x"),
        ("kind: redis\nkind: kafka\n", "`kind` stands there twice"),
        ("kind: redis\nx: [{y: 1, y: 2}]\n", "`y` stands there twice"),
    ],
)
def test_a_head_has_no_aliases_and_names_each_setting_once(text: str, said: str) -> None:
    """A few lines of aliases are a billion values, over which every command would hang."""
    with pytest.raises(SourceError, match=re.escape(said)):
        Head("x", text)


def test_a_pipe_among_the_collectors_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "folder.yaml").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(SourceError, match="is no regular file"):
            folder.open_source(tmp_path, name)


@pytest.mark.parametrize(
    "name, near",
    [
        ("SECURTY_PROTOCOL", "SECURITY_PROTOCOL"),
        ("SALS_USERNAME", "SASL_USERNAME"),
        ("PASSWORD", "SASL_PASSWORD"),
        ("SSL_X", None),
    ],
)
def test_a_misspelt_variable_of_kafka_is_refused(name: str, near: str | None) -> None:
    """Without TLS or a password a broker may be another's; what another source has stays alone."""
    given = {"X_SECURITY_PROTOCOL": "SSL", "X_EU": "kafka-2:9092", f"X_{name}": "x"}
    with pytest.raises(SourceError, match=f"X_{name} names no setting") as refused:
        settings("x", "X", given)
    assert near is None or f"did you mean X_{near}?" in str(refused.value)
    del given[f"X_{name}"]
    assert settings("x", "X", given) == {"security.protocol": "SSL"}


def test_names_that_mislead_are_refused(tmp_path: Path) -> None:
    for name in ("inbox", "Upper", "a-b"):
        (tmp_path / f"{name}.sql").touch()
        with pytest.raises(SourceError, match="Rename the file"):
            folder.open_source(tmp_path, name)
    (tmp_path / "twice.sql").touch()
    (tmp_path / "twice.yml").touch()
    with pytest.raises(SourceError, match=r"twice\.sql and twice\.yml name one source"):
        folder.open_source(tmp_path, "twice")
    with pytest.raises(SourceError, match="There is no collector jobs"):
        folder.open_source(tmp_path, "jobs")
    (tmp_path / "jobs.yaml").write_text("kind: pigeons\n")
    with pytest.raises(SourceError, match="there is no kind 'pigeons'"):
        folder.open_source(tmp_path, "jobs")
