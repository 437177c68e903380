"""Secrets of those that messages go to: from the environment, or a file that it names."""

import os
from pathlib import Path

from meterhouse.delivery.errors import DeliveryError


def secret_text(variable: str) -> str:
    """What `variable` says, else the content of the file that <variable>_FILE names, else "".

    Raises DeliveryError, without anything of the secret in it, if the file cannot be read.
    """
    text, file = os.environ.get(variable, ""), os.environ.get(f"{variable}_FILE")
    if text or not file:
        return text
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise DeliveryError(
            f"{variable}_FILE names a file that cannot be read ({type(error).__name__})."
        ) from None
