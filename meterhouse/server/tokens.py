"""Tokens: who may send events, and for which source, and who may read what is published.

A token of a customer reads what is that customer's, and nothing else (S-77). One with a role opens
the office pages of that role, and nothing else.

A token is shown once, when it is made; `tokens.json` of the data directory has its SHA-256 alone. A
token belongs to one source, which names the way of its events in the log (S-60). It may send and
read what is published, as the official SDK does with its one token, or one of the two.
"""

import fcntl
import hashlib
import json
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from meterhouse.server.errors import TokenError, WrongToken
from raw_events.common.files import replaced_file
from raw_events.common.source_names import TOKENS, fault_of

FILE = TOKENS
LOCK = "tokens.lock"
PREFIX = "mh_"
# Requests a second: more than one machine answers, less than what starves the other sources' turn.
DEFAULT_RATE = 5_000
MOST_RATE = 1_000_000
_ID_DIGITS = 12
_SECRET_BYTES = 32


class Scope(Enum):
    """What a request needs a token for."""

    INGEST = "send events"
    READ = "read"
    CUSTOMER = "read as a customer"
    FINANCE = "open finance's pages"
    OPERATIONS = "open operations' pages"


# Role → what it opens. Whoever has to answer for the money sees what keeps it from being billed.
ROLES = {
    "finance": (Scope.FINANCE, Scope.OPERATIONS),
    "operations": (Scope.OPERATIONS,),
}
_OFFICE = (Scope.FINANCE, Scope.OPERATIONS)


@dataclass(frozen=True)
class Token:
    """A token without its text. `id` is the beginning of its SHA-256; `rate` requests a second.

    One with `customer_id` is of that customer; it neither sends nor reads what is of others. One
    with a `role` of ROLES opens its office pages alone.
    """

    id: str
    sha256: str
    source: str
    may_ingest: bool
    may_read: bool
    rate: int
    created_at: datetime
    revoked_at: datetime | None = None
    customer_id: str | None = None
    role: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether it covers this."""
        if self.role is not None or scope in _OFFICE:
            return scope in ROLES.get(self.role or "", ())
        if self.customer_id is not None or scope is Scope.CUSTOMER:
            return self.customer_id is not None and scope is Scope.CUSTOMER
        return self.may_ingest if scope is Scope.INGEST else self.may_read


def new_token(
    home: Path,
    source: str,
    now: datetime,
    *,
    may_ingest: bool = True,
    may_read: bool = True,
    rate: int = DEFAULT_RATE,
    collectors: Collection[str] = (),
    customer: str | None = None,
    role: str | None = None,
) -> tuple[str, Token]:
    """Make a token for a source: its text, which nobody can ask for again, and what is kept of it.

    With `customer` it reads as that customer and does nothing else; the source is its name. With a
    `role` it opens the office pages of that role, likewise.

    Raises WrongToken for a role that is none, a source that is no name, or the name of another way
    in: of one of `collectors` too, if the token may send.
    """
    fault = fault_of(source)
    if fault:
        raise WrongToken(fault)
    if role is not None and role not in ROLES:
        raise WrongToken(f"{role} is no role; there are {', '.join(ROLES)}.")
    if customer is not None or role is not None:
        may_ingest = may_read = False
    if may_ingest and source in collectors:
        raise WrongToken(
            f"{source} is a collector: its events have that source, and nobody could tell them "
            "from this token's. Choose another name."
        )
    if not 1 <= rate <= MOST_RATE:
        raise WrongToken(f"A token may make 1 to {MOST_RATE:,} requests a second (--rate N).")
    text = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    digest = sha256_of(text)
    kept = (digest[:_ID_DIGITS], digest, source, may_ingest, may_read, rate, now)
    token = Token(*kept, customer_id=customer, role=role)
    with _alone(home):
        _write(home, [*read_tokens(home), token])
    return text, token


def revoke(home: Path, id: str, now: datetime) -> Token:
    """Revoke the token of that id, or of that text. A server knows within a second.

    Raises TokenError if there is none, or if it is revoked already.
    """
    wanted = sha256_of(id)[:_ID_DIGITS] if id.startswith(PREFIX) else id
    with _alone(home):
        tokens = read_tokens(home)
        found = [token for token in tokens if token.id == wanted]
        if not found:
            raise TokenError(f"There is no token {wanted}. See them: meterhouse token list")
        if found[0].revoked_at:
            raise TokenError(f"Token {wanted} is revoked since {found[0].revoked_at.isoformat()}.")
        revoked = replace(found[0], revoked_at=now)
        _write(home, [revoked if token.id == wanted else token for token in tokens])
    return revoked


def read_tokens(home: Path) -> list[Token]:
    """All tokens ever made, in their order. Raises TokenError if the file cannot be read."""
    path = Path(home) / FILE
    try:
        kept = json.loads(path.read_bytes())["tokens"]
        return [_token(values) for values in kept]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TokenError(
            f"{path} cannot be read ({error}). Put it back from a backup; or move it away, make "
            "new tokens (meterhouse token new) and give them to the senders."
        ) from error


def sha256_of(text: str) -> str:
    """What is kept of a token's text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class TokenBook:
    """The tokens as a server asks for them: read again when the file has changed.

    A file that cannot be read any more leaves the tokens as they were; `problem` says so.
    """

    def __init__(self, home: Path):
        self._home, self._state = home, (-1, -1, -1)
        self._tokens: dict[str, Token] = {}
        self.problem: str | None = None

    def look_again(self) -> None:
        """Read the file if it is another one than before."""
        try:
            found = (self._home / FILE).stat()
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            state = (0, 0, 0)
        if state == self._state:
            return
        try:
            self._tokens = {token.sha256: token for token in read_tokens(self._home)}
        except TokenError as error:
            self.problem = str(error)
            return
        self._state, self.problem = state, None

    def find(self, text: str) -> Token | None:
        """The token of that text; None if there is none, or it is revoked."""
        return self._counting(self._tokens.get(sha256_of(text)))

    def of_id(self, id: str) -> Token | None:
        """The token of that id, likewise."""
        return self._counting(next((it for it in self._tokens.values() if it.id == id), None))

    @staticmethod
    def _counting(token: Token | None) -> Token | None:
        return None if token is None or token.revoked_at else token


def _token(values: dict[str, Any]) -> Token:
    moments = {
        name: datetime.fromisoformat(values[name]) if values[name] else None
        for name in ("created_at", "revoked_at")
    }
    return Token(**{**values, **moments})


def _write(home: Path, tokens: list[Token]) -> None:
    rows = [asdict(token) for token in tokens]
    for row in rows:
        for name in ("created_at", "revoked_at"):
            row[name] = row[name].isoformat() if row[name] else None
    with replaced_file(home / FILE) as new:
        new.write_text(json.dumps({"tokens": rows}, indent=1) + "\n", "utf-8")


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
