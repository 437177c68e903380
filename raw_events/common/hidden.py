"""Secrets are said nowhere: values of variables that are named so, and passwords in URLs.

What is hidden too much costs a word of a message; what is hidden too little, an account. So in
doubt more is hidden, also where a library shows a value in its own spelling.
"""

import json
import os
import re
import urllib.parse
from collections.abc import Iterable, Iterator
from functools import lru_cache

# Of variables of the environment. PWD and OLDPWD are folders, SSH_ASKPASS is a program.
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|PASSWD|PASSPHRASE|(?<!BY)(?<!ASK)PASS$|TOKEN|CREDENTIAL|PRIVATE|API_?KEY"
    r"|ACCESS_?KEY|(^|_)KEY$|DSN|^(?!(OLD)?PWD$).*PWD$|AUTH$|AUTHORIZATION|AUTH_?HEADER",
    re.IGNORECASE,
)
# A short value would be found everywhere.
_LEAST_SECRET = 8
_WORD = re.compile(r"\S+")
# As libpq and many drivers write a connection: host=db password='...'.
_PASSWORD_SETTING = re.compile(
    r"(?:password|passwd|pwd|passphrase)\s*=\s*(.*)", re.IGNORECASE | re.DOTALL
)
_PARTS = re.compile(r"[\s/?#:@;,'\"=\\]+")
_USER = re.compile(r"://[^\s/@:]*:")
HIDDEN = "***"


def without_secrets(text: str) -> str:
    """Without passwords of URLs, and without the values of variables that are named as secrets."""
    for secret in _secrets(os.environ.items()):
        text = text.replace(secret, HIDDEN)
    return _WORD.sub(_without_password, text) if "://" in text else text


def _without_password(word: re.Match[str]) -> str:
    found = _password(word[0])
    return f"{word[0][: found[0]]}{HIDDEN}{word[0][found[1] :]}" if found else word[0]


def _password(url: str) -> tuple[int, int] | None:
    """Where a password begins and ends: at the last `@`, for it may have `/` and `@` itself."""
    end = url.rfind("@")
    user = _USER.search(url)
    return (user.end(), end) if user and user.end() < end else None


def _secrets(variables: Iterable[tuple[str, str]]) -> list[str]:
    found: set[str] = set()
    for name, value in variables:
        if _SECRET_NAME.search(name):
            found |= _spelled(value)
        if "://" in value:
            for password in _passwords(value):
                found |= _spelled(password)
        for rest in _PASSWORD_SETTING.findall(value):
            # Where it ends only its reader knows; it may complain of any word of it.
            for word in (rest, *_PARTS.split(rest)):
                found |= _spelled(word)
    # The longest first: one may be a part of another.
    return sorted(found, key=lambda value: (-len(value), value))


def _passwords(value: str) -> Iterator[str]:
    """What may be a password in it: up to each `@`, for a later one may belong elsewhere."""
    for word in _WORD.findall(value):
        for user in _USER.finditer(word):
            parts = word[user.end() :].split("@")
            yield from ("@".join(parts[:count]) for count in range(1, len(parts)))
            # A reader that takes a `/` in it for the end of the host complains of what is before.
            yield from (piece for part in parts[:-1] for piece in _PARTS.split(part))


@lru_cache(1024)
def _spelled(value: str) -> frozenset[str]:
    """A secret, its lines, and how they look in a URL, SQL, JSON, `repr` and a `repr` of that."""
    forms = {value, value.strip(), *(line.strip() for line in value.splitlines())}
    forms = {form for form in forms if len(form) >= _LEAST_SECRET}
    forms |= {urllib.parse.quote(form, safe="") for form in forms}
    forms |= {urllib.parse.unquote(form) for form in forms}
    for _ in range(2):
        forms |= {written for form in forms for written in _written(form)}
    return frozenset(form for form in forms if len(form) >= _LEAST_SECRET)


def _written(value: str) -> Iterator[str]:
    # With a `"` in front, a `'` inside is written with a backslash; other text may spare it.
    python = repr('"' + value)[2:-1]
    yield from (python, python.replace("\\'", "'"), python.replace('"', '\\"'))
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    yield value.replace("'", "''")
