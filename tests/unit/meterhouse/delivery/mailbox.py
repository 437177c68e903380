"""A real mail server on this machine, over TLS, that keeps what it takes."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from tests.unit.meterhouse.delivery.receiver import self_signed

USER, PASSWORD = "meterhouse", "correct horse"


@dataclass
class Mailbox:
    """`answers`: address → what the server says of it; `taken` what it says of a mail."""

    kind: str
    port: int = 0
    authority: Path = Path()
    answers: dict[str, str] = field(default_factory=dict)
    taken: str = "250 OK"
    got: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(self, _: Any, session: Any, envelope: Any, to: str, __: Any) -> str:
        """One address."""
        answer = self.answers.get(to, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return answer

    async def handle_DATA(self, _: Any, session: Any, envelope: Any) -> str:
        """One mail."""
        made = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        if self.taken.startswith("250"):
            self.got.append((envelope.rcpt_tos, made))
        self.over_tls.append(session.ssl is not None)
        return self.taken


@contextmanager
def mail_server_of(folder: Path, kind: str) -> Iterator[Mailbox]:
    """`kind`: `smtps`, `starttls` (both with a password), or `plain`."""
    certificate, key = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Mailbox(kind, authority=certificate)

    def judged(_: Any, __: Any, ___: Any, mechanism: str, data: Any) -> AuthResult:
        right = (USER.encode(), PASSWORD.encode())
        return AuthResult(success=(data.login, data.password) == right, handled=False)

    class Server(Controller):
        def factory(self) -> SMTP:
            if kind == "plain":
                return SMTP(self.handler, hostname="localhost")
            return SMTP(
                self.handler, hostname="localhost", authenticator=judged, auth_required=True,
                auth_require_tls=kind == "starttls",
                tls_context=context if kind == "starttls" else None,
                require_starttls=kind == "starttls",
            )  # fmt: skip

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = Server(
        box, hostname="127.0.0.1", port=box.port, ssl_context=context if kind == "smtps" else None
    )
    server.start()
    try:
        yield box
    finally:
        server.stop()
