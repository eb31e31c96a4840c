"""Mail by SMTP: STARTTLS required or where offered, TLS from the start, or in the clear; one mail each, or one for all.

A mail may arrive twice when the server takes it and the controller is killed before it could write that down; both
carry the same Message-ID (RFC 5322 §3.6.4), by which mail systems know them for one.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import unicodedata
from collections.abc import Collection
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Annotated, Literal

import aiosmtplib
import msgspec
from msgspec import Meta

from controller.notify.plug import ChannelError, Message, Outcome, Refusal, SettingsWrong

TOTAL_FACTOR = 3  # of the time-out of one answer: how long a whole mail may take
LONGEST_SUBJECT = 200
LONGEST_WORDS = 500
AUTH_FAILED = range(530, 540)  # RFC 4954 §6: what a wrong password or a missing login is answered with
# RFC 5321 §4.1.2: a dot-string and a domain or an address literal; quoted local parts are no address people type
ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.\[\]:-]+\Z")
DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
LITERAL = re.compile(r"\[(\d{1,3}(\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]+)\]\Z")


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How mail leaves: the server, how the way to it is kept private, the login, and who it is from."""

    host: Annotated[str, Meta(title="Server", min_length=1, max_length=255, pattern=r"^[A-Za-z0-9.:_-]+$")]
    port: Annotated[int, Meta(title="Port", ge=1, le=65535)] = 587
    security: Annotated[
        Literal["starttls", "starttls_if_offered", "tls", "none"],
        Meta(title="Encryption", description="starttls: required. tls: from the first byte, often port 465."),
    ] = "starttls"
    verify: Annotated[bool, Meta(title="Check the server's certificate")] = True
    authority: Annotated[
        str, Meta(title="Certificate authority (PEM)", max_length=200_000, extra_json_schema={"format": "textarea"})
    ] = ""
    username: Annotated[str, Meta(title="User name", max_length=320)] = ""
    password: Annotated[
        str, Meta(title="Password", max_length=1024, extra_json_schema={"writeOnly": True, "format": "password"})
    ] = ""
    sender: Annotated[str, Meta(title="From", min_length=3, max_length=320, extra_json_schema={"format": "email"})]
    sender_name: Annotated[str, Meta(title="Sender's name", max_length=100)] = "Moorline"
    recipients: Annotated[
        Literal["each", "bcc"],
        Meta(title="Several recipients", description="each: a mail of their own. bcc: one for all, unseen."),
    ] = "each"
    timeout_s: Annotated[int, Meta(title="Seconds to wait for an answer", ge=1, le=120)] = 20


class Email:
    """The kind."""

    name = "email"
    settings: type[msgspec.Struct] = EmailSettings
    addressed = True

    def check(self, settings: EmailSettings) -> None:
        """See `plug.Kind`."""
        if (settings.username == "") != (settings.password == ""):
            field = "password" if settings.username else "username"
            raise SettingsWrong(field, "A login takes both a user name and a password; leave both empty for none.")
        if settings.username and settings.security in {"none", "starttls_if_offered"}:
            raise SettingsWrong("security", "A password is sent over TLS only: choose starttls or tls.")
        try:
            self.address(settings.sender)
        except ValueError as error:
            raise SettingsWrong("sender", str(error)) from None
        try:
            _context(settings)
        except ssl.SSLError:
            message = "This is no certificate; paste the whole PEM text, from BEGIN to END."
            raise SettingsWrong("authority", message) from None

    def address(self, text: str) -> str:
        """See `plug.Kind`: name@domain, in ASCII."""
        tidy = text.strip()
        domain = tidy.rpartition("@")[2]
        if len(tidy) > 254 or not ADDRESS.match(tidy) or not (DOMAIN.match(domain) or LITERAL.match(domain)):
            raise ValueError("This is no mail address; write name@example.org, other scripts' domains as xn--….")
        return tidy

    def split(self, settings: EmailSettings, addresses: Collection[str]) -> list[list[str]]:
        """See `plug.Kind`."""
        tidy = list(dict.fromkeys(addresses))
        return [tidy] if settings.recipients == "bcc" else [[address] for address in tidy]

    async def send(self, settings: EmailSettings, message: Message, addresses: Collection[str]) -> Outcome:
        """See `plug.Kind`."""
        mail = compose(settings, message, list(addresses)).as_bytes(policy=SMTP_POLICY)
        try:
            async with asyncio.timeout(settings.timeout_s * TOTAL_FACTOR):
                return await _send(settings, mail, list(addresses))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Outcome({one.recipient: _refusal(one) for one in error.recipients})
        except aiosmtplib.SMTPResponseException as error:
            lasting = error.code >= 500 and error.code not in AUTH_FAILED
            raise ChannelError(f"{_what(error)}: {error.code} {_said(error.message)}", lasting=lasting) from None
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            raise ChannelError(
                f"{settings.host} port {settings.port} did not answer within {settings.timeout_s} s."
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise ChannelError(_untrusted(settings, error)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise ChannelError(_untrusted(settings, error.__cause__)) from None
            words = _said(str(error)) or type(error).__name__
            raise ChannelError(f"{settings.host} port {settings.port}: {words}") from None


CHANNEL = Email()


def compose(settings: EmailSettings, message: Message, addresses: list[str]) -> EmailMessage:
    """The mail, HTML beside text. No header can hold a line break, whatever hosts are called."""
    mail = EmailMessage(policy=SMTP_POLICY)
    domain = settings.sender.rpartition("@")[2]
    mail["From"] = Address(header_text(settings.sender_name), addr_spec=settings.sender)
    # nobody sees the others: with Bcc the envelope alone names them
    mail["To"] = Address(addr_spec=addresses[0]) if len(addresses) == 1 else "undisclosed-recipients:;"
    mail["Subject"] = header_text(message.subject)[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.token}@{domain.strip('[]') or 'moorline'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation notes in answer
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def header_text(text: str) -> str:
    """The text in one line: line breaks, controls, direction marks and lone surrogates become spaces."""
    plain = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else one for one in text)
    return " ".join(plain.split())


async def _send(settings: EmailSettings, mail: bytes, addresses: list[str]) -> Outcome:
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.security == "tls",
        start_tls={"starttls": True, "starttls_if_offered": None}.get(settings.security, False),
        tls_context=_context(settings) if settings.security != "none" else None,
        timeout=settings.timeout_s,
        username=settings.username or None,
        password=settings.password or None,
    )
    try:
        await client.connect()
        refused, _ = await client.sendmail(settings.sender, addresses, mail)
    finally:
        client.close()  # without QUIT: what counts was answered, and a server may hang in it
    return Outcome({address: _refusal(answer) for address, answer in refused.items()})


def _context(settings: EmailSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.authority.strip():
        context.load_verify_locations(cadata=settings.authority)
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _refusal(answer: aiosmtplib.SMTPResponse | aiosmtplib.SMTPRecipientRefused) -> Refusal:
    return Refusal(f"{answer.code} {_said(answer.message)}", lasting=answer.code >= 500)


def _what(error: aiosmtplib.SMTPResponseException) -> str:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return "The server refused the login"
    return "The server refused the sender" if isinstance(error, aiosmtplib.SMTPSenderRefused) else "The server said"


def _untrusted(settings: EmailSettings, error: ssl.SSLCertVerificationError) -> str:
    return (
        f"The certificate of {settings.host} is not to be trusted: {error.verify_message}. "
        "Enter the authority that signed it, or do not check certificates."
    )


def _said(words: str) -> str:
    return header_text(words)[:LONGEST_WORDS]
