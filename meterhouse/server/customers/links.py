"""Links that show a customer's pages without a token: signed, and over on a day (S-77).

A link has the customer and its end in its text, signed, so nothing is kept of it.
`link_keys.json` of the data directory has the keys; the last one signs. Whoever wants to end links
before their day makes a new key and forgets the others.
"""

import fcntl
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from meterhouse.server.errors import LinkError
from raw_events.common.files import replaced_file

_SALT = "meterhouse link"
FILE, LOCK = "link_keys.json", "link_keys.lock"
MOST_DAYS = 366
_KEY_BYTES = 32
_TEXT = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Link:
    """What a link says: whose pages, up to when."""

    customer: str
    expires_at: datetime


def new_link(home: Path, customer: str, days: int, now: datetime) -> str:
    """The signed text of a link that is over after so many days. Raises LinkError."""
    keys = read_keys(home) or new_key(home)
    until = int((now + timedelta(days=days)).timestamp())
    return signed(keys, _SALT, [customer, until])


def read_link(text: str, keys: dict[str, bytes], now: datetime) -> Link | None:
    """What a link says; None if no key of ours signed it, or it is over."""
    found = unsigned(keys, _SALT, text)
    if found is None:
        return None
    customer, until = found
    expires_at = datetime.fromtimestamp(until, UTC)
    return Link(customer, expires_at) if now < expires_at else None


def new_key(home: Path, *, forget: bool = False) -> dict[str, bytes]:
    """Sign with a new key from now on; all keys then. With `forget` earlier links end at once.

    A server knows within a second.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        keys = {} if forget else read_keys(home)
        keys[secrets.token_hex(4)] = secrets.token_bytes(_KEY_BYTES)
        with replaced_file(home / FILE) as new:
            shown = [{"key": name, "secret": key.hex()} for name, key in keys.items()]
            new.write_text(json.dumps({"keys": shown}, indent=1) + "\n", "utf-8")
            new.chmod(0o600)
    return keys


def read_keys(home: Path) -> dict[str, bytes]:
    """Name of each key → the key, the latest last; {} before the first. Raises LinkError."""
    path = Path(home) / FILE
    try:
        kept = json.loads(path.read_bytes())["keys"]
        return {one["key"]: bytes.fromhex(one["secret"]) for one in kept}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LinkError(
            f"{path} cannot be read ({error}), so no link is taken. Put it back from a backup; or "
            "move it away and make new links: meterhouse link CUSTOMER --days N"
        ) from error


class Keys:
    """The keys as a server asks for them: read again when the file is another one."""

    def __init__(self, home: Path):
        self._home, self._state = Path(home), (-1, -1)
        self._keys: dict[str, bytes] = {}

    def now(self) -> dict[str, bytes]:
        """All keys that count; none while the file cannot be read."""
        try:
            found = (self._home / FILE).stat()
            state = (found.st_ino, found.st_mtime_ns)
        except OSError:
            state = (0, 0)
        if state != self._state:
            try:
                self._keys, self._state = read_keys(self._home), state
            except LinkError:
                return {}
        return self._keys


def signed(keys: dict[str, bytes], salt: str, what: list[Any]) -> str:
    """`what` as a text that the last key signs; `salt` says what it is for."""
    text = _signer(keys, salt).dumps(what)
    assert isinstance(text, str), "what is signed is text"
    return text


def unsigned(keys: dict[str, bytes], salt: str, text: str) -> list[Any] | None:
    """What was signed for the same; None if none of the keys did."""
    # base64 passes over letters that are none of its own.
    if not keys or not _TEXT.fullmatch(text):
        return None
    try:
        found: list[Any] = _signer(keys, salt).loads(text)
    except BadData:
        return None
    return found


def _signer(keys: dict[str, bytes], salt: str) -> URLSafeSerializer:
    """Signs with the last key, and believes each of them."""
    return URLSafeSerializer(
        list(keys.values()),
        salt=salt,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
