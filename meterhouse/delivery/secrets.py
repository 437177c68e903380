"""Secrets of those that messages go to: from the environment, or a file that it names."""

from meterhouse.common import secrets
from meterhouse.delivery.errors import DeliveryError


def secret_text(variable: str) -> str:
    """What `variable` says, else the content of the file that <variable>_FILE names, else "".

    Raises DeliveryError, without anything of the secret in it, if the file cannot be read.
    """
    try:
        return secrets.secret_text(variable)
    except secrets.SecretUnreadable as error:
        raise DeliveryError(str(error)) from None
