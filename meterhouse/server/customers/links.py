"""Links that show a customer's pages without a token: signed, and over on a day (S-77).

A link has the customer, its end and the key that signed it in its text, so nothing is kept of it.
`link_keys.json` of the data directory has the keys; the last one signs. Whoever wants to end links
before their day makes a new key and forgets the others.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meterhouse.server.errors import LinkError
from raw_events.common.files import replaced_file

FILE, LOCK = "link_keys.json", "link_keys.lock"
MOST_DAYS = 366
_KEY_BYTES = 32


@dataclass(frozen=True)
class Link:
    """What a link says: whose pages, up to when."""

    customer: str
    expires_at: datetime


def new_link(home: Path, customer: str, days: int, now: datetime) -> str:
    """The signed text of a link that is over after so many days. Raises LinkError."""
    keys = read_keys(home) or new_key(home)
    name = list(keys)[-1]
    until = int((now + timedelta(days=days)).timestamp())
    said = json.dumps([customer, until, name], separators=(",", ":")).encode()
    return f"{_text(said)}.{_text(_signature(keys[name], said))}"


def read_link(text: str, keys: dict[str, bytes], now: datetime) -> Link | None:
    """What a link says; None if no key of ours signed it, or it is over."""
    head, _, tail = text.partition(".")
    try:
        said, signature = _bytes(head), _bytes(tail)
        customer, until, name = json.loads(said)
        key = keys[name]
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        return None
    # The signature says that this text is one of ours; until then nothing in it is believed.
    if not hmac.compare_digest(signature, _signature(key, said)):
        return None
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


def _signature(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, b"meterhouse link\n" + said, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(found) != text:
        raise ValueError("another spelling of the same bytes")
    return found


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
