"""Secrets: from the environment, or a file that it names; never from the price book."""

import os
from pathlib import Path

from meterhouse.common.errors import UsageError


class SecretUnreadable(UsageError):
    """The file that a variable names cannot be read; the message has nothing of the secret."""


def secret_text(variable: str) -> str:
    """What `variable` says, else the content of the file that <variable>_FILE names, else "".

    Raises SecretUnreadable.
    """
    text, file = os.environ.get(variable, ""), os.environ.get(f"{variable}_FILE")
    if text or not file:
        return text
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise SecretUnreadable(
            f"{variable}_FILE names a file that cannot be read ({type(error).__name__})."
        ) from None
