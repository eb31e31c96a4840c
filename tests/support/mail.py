"""A real mail server on loopback, with a certificate of its own; it takes, refuses, delays, hangs or hangs up."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ADDRESS = "127.0.0.1"
USER, PASSWORD = "moorline", "open sesame mail"


@dataclass(slots=True)
class Got:
    """One mail that was taken."""

    sender: str
    recipients: list[str]
    mail: EmailMessage
    tls: bool
    user: str | None

    @property
    def text(self) -> str:
        """Its plain part."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def html(self) -> str:
        """Its HTML part."""
        part = self.mail.get_body(("html",))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """What it does with what comes. `answers`: by recipient, what RCPT is answered with instead of being taken."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = ""
    close_in_data: bool = False
    greylisted: set[str] = field(default_factory=set)  # taken at the second try
    delay_s: float = 0.0
    connections: int = 0

    async def handle_RCPT(  # noqa: N802 — aiosmtpd's names
        self, _: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        """aiosmtpd's hook."""
        if address in self.greylisted:
            self.greylisted.discard(address)
            return "451 4.7.1 Greylisted, please try again later"
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """aiosmtpd's hook."""
        if self.close_in_data:
            assert server.transport is not None
            server.transport.close()
            return "250 never sent"
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if self.data_answer:
            return self.data_answer
        login = cast(LoginPassword | None, session.auth_data)
        mail = message_from_bytes(cast(bytes, envelope.content), policy=SMTP_POLICY)
        user = login.login.decode() if login is not None else None
        self.got.append(Got(str(envelope.mail_from), list(envelope.rcpt_tos), mail, session.ssl is not None, user))
        return "250 2.0.0 Taken"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, auth_data=data)  # handled would leave a refusal unsaid


@asynccontextmanager
async def mail_server(
    *, tls: str = "starttls", login: bool = False, certificate: tuple[str, str] | None = None
) -> AsyncIterator[MailServer]:
    """A server for as long as the context lasts. `tls`: starttls, tls (from the first byte) or none."""
    state = MailServer()
    context = _context(*(certificate or make_certificate())) if tls != "none" else None

    def protocol() -> SMTP:
        state.connections += 1
        return SMTP(
            state,
            hostname="mail.test",
            tls_context=context if tls == "starttls" else None,
            require_starttls=False,
            auth_required=login,
            auth_require_tls=tls == "starttls",
            authenticator=_authenticate,
            enable_SMTPUTF8=True,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, ADDRESS, 0, ssl=context if tls == "tls" else None)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A port that is connected to and never answered."""
    writers: list[asyncio.StreamWriter] = []

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(nothing, ADDRESS, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await server.wait_closed()


@cache
def make_certificate(name: str = "mail.test") -> tuple[str, str]:
    """A certificate of its own authority for the loopback address, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(ADDRESS))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(certificate + key)
        file.flush()
        context.load_cert_chain(Path(file.name))
    return context
