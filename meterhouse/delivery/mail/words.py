"""What a mail says: of which message it is, its fields one a line, and the message itself."""

import json
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache
from hashlib import sha256
from typing import Any

from meterhouse.delivery.events.catalogue import CATALOGUE
from meterhouse.delivery.mail import troubles
from meterhouse.delivery.mail.troubles import Trouble
from raw_events.common.text import shown, shown_lines


def mail(
    message_id: str, body: str, sender: str, recipients: list[str], now: datetime
) -> EmailMessage:
    """The mail of a message, whose `body` is that of a webhook; `now` is in UTC.

    Sent again it has the same Message-ID, by which mail programs know it.
    """
    said = json.loads(body)
    return _mail(message_id, _subject(said), _text(said, body), sender, recipients, now)


def mail_of_troubles(
    found: Sequence[Trouble], sender: str, recipients: list[str], now: datetime
) -> EmailMessage:
    """One mail of several troubles. Its id follows from theirs."""
    ids = ",".join(sorted(each.message_id for each in found))
    message_id = f"troubles_{sha256(ids.encode()).hexdigest()[:32]}"
    said = shown_lines(troubles.text(found)) + "\n"
    return _mail(message_id, shown(troubles.subject(found)), said, sender, recipients, now)


def _mail(
    message_id: str, subject: str, text: str, sender: str, recipients: list[str], now: datetime
) -> EmailMessage:
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"] = sender, ", ".join(recipients)
    # The library decodes an encoded word in what it is given, with the line breaks in it: a name
    # could write headers of its own.
    made["Subject"] = subject.replace("=?", "= ?")
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{message_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    # So that no mailbox answers it with an absence.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text)
    return made


def _subject(said: dict[str, Any]) -> str:
    data = said.get("data", {})
    about = data.get("alert_id")
    # An alert is known by its name and the customer's; others by what they are about.
    named = f"{about} ({data.get('customer_id')})" if about else said.get("subject")
    return shown(f"[Meterhouse] {said.get('type')}: {named}")


def _text(said: dict[str, Any], body: str) -> str:
    lines = [f"{said.get('type')}, {said.get('timestamp')}"]
    when = _when().get(str(said.get("type")))
    if when:
        lines.append(f"Sent when {when}.")
    lines.append("")
    for name, value in said.get("data", {}).items():
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"{name}: {text}")
    lines += ["", "The message as webhooks have it:", body]
    return shown_lines("\n".join(lines)) + "\n"


@cache
def _when() -> dict[str, str]:
    # Links are for readers of the page.
    return {event.name: event.when.split(" ([")[0] for event in CATALOGUE}
