"""The mail server, from the environment: never from the price book."""

import os
import ssl
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.secrets import secret_text

URL, PASSWORD = "METERHOUSE_SMTP_URL", "METERHOUSE_SMTP_PASSWORD"
SENDER, AUTHORITY = "METERHOUSE_MAIL_FROM", "METERHOUSE_SMTP_CA"
PORTS = {"smtps": 465, "smtp": 587}
# A mail server of this machine: nothing goes over a network.
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class MailServer:
    """`scheme`: smtps (TLS from the first byte) or smtp (STARTTLS, which must be offered but by a
    server of this machine). `sender` is whom messages come from, `address` that alone."""

    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str

    @property
    def address(self) -> str:
        """Of the sender, without a name beside it."""
        return parseaddr(self.sender)[1]

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's own."""
        return self.host in LOCAL


def mail_server() -> MailServer:
    """What METERHOUSE_SMTP_URL, METERHOUSE_SMTP_PASSWORD (or …_FILE) and METERHOUSE_MAIL_FROM say.

    Raises DeliveryError, without the password, where mail cannot be sent.
    """
    url, sender = os.environ.get(URL, ""), os.environ.get(SENDER, "")
    if not url or not sender:
        raise DeliveryError(
            f"Mail is not sent: set {URL} (like smtps://user@mail.example.com) and {SENDER} (like "
            "billing@example.com), where the job `deliver` or cron runs (docs/alerts.md, E-mail)."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in PORTS or not host or parts.password or parts.path.strip("/"):
        raise DeliveryError(
            f"{URL} is no address of a mail server, so no mail is sent: write "
            "smtps://user@mail.example.com:465, or smtp:// with port 587 for STARTTLS; the "
            f"password belongs into {PASSWORD}."
        )
    user, password = unquote(parts.username or ""), secret_text(PASSWORD).strip()
    if user and not password:
        raise DeliveryError(f"{URL} names a user, and there is no {PASSWORD}: no mail is sent.")
    if "@" not in parseaddr(sender)[1]:
        raise DeliveryError(f"{SENDER} is no address, so no mail is sent: like billing@example.com")
    return MailServer(parts.scheme, host, port or PORTS[parts.scheme], user, password, sender)


def tls() -> ssl.SSLContext:
    """Certificates are checked, against the machine's authorities and METERHOUSE_SMTP_CA."""
    context = ssl.create_default_context()
    own = os.environ.get(AUTHORITY)
    if own:
        context.load_verify_locations(own)
    return context
