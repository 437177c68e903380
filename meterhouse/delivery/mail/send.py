"""One mail through the company's server: over TLS, once, and what came of it (S-74)."""

import smtplib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.mail.server import mail_server, tls
from meterhouse.delivery.mail.told import NOT_MAILED, Told
from meterhouse.delivery.mail.troubles import trouble
from meterhouse.delivery.mail.words import mail, mail_of_troubles
from meterhouse.price_book.delivery_tables import TROUBLES

SECONDS = 15.0
SCHEME = "mailto:"
_SHOWN = 200


class NoTls(Exception):
    """A server that is not of this machine offers no STARTTLS."""


class MailSender:
    """Sends to the addresses of one endpoint. Raises DeliveryError where no mail can be sent."""

    def __init__(self, url: str, told: Callable[[datetime], Told] | None = None):
        """`told`: what these addresses were told within a day before a moment."""
        self.recipients = url.removeprefix(SCHEME).split(",")
        self._server, self._tls, self._told = mail_server(), tls(), told

    def send(self, message_id: str, body: str, now: datetime) -> Answer:
        """Send one mail to all addresses; whatever happens is an Answer.

        What the server refuses for good of these addresses or of this mail is dead at once. What is
        wrong before that (no connection, no TLS, a password) passes when it is mended.
        """
        return self._sent(mail(message_id, body, self._server.sender, self.recipients, now))

    def takes_together(self, message_type: str) -> bool:
        """Whether messages of a type go into one mail: troubles do."""
        return message_type in TROUBLES

    def send_together(self, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Answer]:
        """Send one mail of all these troubles; an Answer for each.

        What a mail within the last day told, and is not over, is not told again, unless a person
        replayed it: it counts as delivered, and the answer says so.
        """
        told = self._told(now) if self._told else Told({}, {}, None)
        found = [trouble(row["message_id"], row["body"]) for row in rows]
        known = [
            told.since(each) if row["tries"] == row["attempts"] else None
            for each, row in zip(found, rows, strict=True)
        ]
        news = [each for each, since in zip(found, known, strict=True) if since is None]
        made = mail_of_troubles(news, self._server.sender, self.recipients, now) if news else None
        answer = self._sent(made) if made else None
        return [
            answer
            if since is None and answer
            else Answer(250, f"{NOT_MAILED}: a mail told of the same at {since:%Y-%m-%d %H:%M} UTC")
            for since in known
        ]

    def _sent(self, made: EmailMessage) -> Answer:
        try:
            smtp = self._connected()
            try:
                refused = smtp.send_message(made, self._server.address, self.recipients)
            finally:
                # What the mail's own answer said counts, not the farewell.
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
                smtp.close()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return _refused(codes, f"no address is taken: {_codes(error.recipients)}")
        except smtplib.SMTPDataError as error:
            return _refused([error.smtp_code], f"the mail is not taken: {_said(error)}")
        except smtplib.SMTPResponseException as error:
            return Answer(None, f"{error.smtp_code} {_said(error)}"[:_SHOWN])
        except (smtplib.SMTPException, OSError, NoTls) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:_SHOWN])
        return Answer(250, f"not to {_codes(refused)}"[:_SHOWN] if refused else "taken")

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=SECONDS, context=self._tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        try:
            if server.scheme == "smtp":
                self._begin_tls(smtp)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _begin_tls(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo()
        if smtp.has_extn("starttls"):
            smtp.starttls(context=self._tls)
            smtp.ehlo()
        elif not self._server.is_local or self._server.user:
            raise NoTls(
                f"{self._server.host} offers no STARTTLS, and nothing is sent in the clear; use "
                "smtps:// if it speaks TLS from the first byte"
            )


def _refused(codes: Sequence[int], detail: str) -> Answer:
    """For good where each of the codes says so (5xx)."""
    is_final = all(code >= 500 for code in codes)
    return Answer(codes[0] if is_final else None, detail[:_SHOWN], is_refused=is_final)


def _codes(recipients: dict[str, tuple[int, bytes]]) -> str:
    found = sorted(recipients.items())
    return ", ".join(
        f"{who} ({code} {text.decode('utf-8', 'replace')})" for who, (code, text) in found
    )


def _said(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
