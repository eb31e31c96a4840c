"""What hosts and lines refuse, as errors that say what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from controller.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from controller.files import names
from controller.ssh.errors import LineError
from controller.ssh.sftp_wire import Code, SftpError


class DiskFull(AppError):
    """The host has no room for it."""

    status = 507
    code = "disk_full"


class HostFailed(AppError):
    """The host tried and failed; its own words are in the sentence."""

    status = 502
    code = "host_failed"


class TooLarge(AppError):
    """More than this way of doing it takes."""

    status = 413
    code = "too_large"


class Gone(AppError):
    """The range that was asked for is not in the file."""

    status = 416
    code = "range"


def no_such_file(path: bytes) -> NotFound:
    """It is not there."""
    return NotFound(f"There is no {names.shown(path)} on the host.", code="no_such_file")


def denied(path: bytes) -> Forbidden:
    """The account may not."""
    sentence = (
        f"The host's account may not do this with {names.shown(path)}. Try it as root, or log in as another account."
    )
    return Forbidden(sentence, code="permission_denied")


def exists(path: bytes) -> Conflict:
    """Something is there already."""
    return Conflict(f"There is a {names.shown(path)} already. Replace it, or choose another name.", code="exists")


def not_a_folder(path: bytes) -> Invalid:
    """A folder is wanted."""
    return Invalid(f"{names.shown(path)} is no folder.", code="not_a_folder")


def not_a_file(path: bytes) -> Invalid:
    """A regular file is wanted."""
    return Invalid(f"{names.shown(path)} is no regular file, so that its content cannot be taken.", code="not_a_file")


def disk_full(path: bytes) -> DiskFull:
    """No room."""
    return DiskFull(f"The file system of {names.shown(path)} is full. Free some space on the host, then go on.")


def of_sftp(error: SftpError, path: bytes) -> AppError:
    """What an answer of the SFTP server means to the caller."""
    if error.code == Code.NO_SUCH_FILE:
        return no_such_file(path)
    if error.code == Code.PERMISSION_DENIED:
        return denied(path)
    if error.code == Code.UNSUPPORTED:
        return HostFailed("The host's SFTP server does not know how to do this.", code="unsupported")
    said = error.message or f"status {error.code}"
    return HostFailed(f"The host could not do this with {names.shown(path)}: {said}.")


def of_line(error: LineError) -> AppError:
    """What stands between us and the host."""
    if error.code in {"no_sftp", "channel_refused"}:
        return Conflict(
            f"{error.sentence} Files need SFTP: install openssh-sftp-server on the host, or let its sshd_config "
            "have a line “Subsystem sftp internal-sftp”.",
            code="no_sftp",
        )
    return Unavailable(error.sentence, code=error.code)


@contextmanager
def told(path: bytes = b"/") -> Iterator[None]:
    """Inside, what goes wrong on a host or a line about that path becomes an error for the caller."""
    try:
        yield
    except SftpError as error:
        raise of_sftp(error, path) from None
    except LineError as error:
        raise of_line(error) from None


def row(error: AppError) -> dict[str, Any]:
    """The error as a line of a stream that has begun."""
    return {"type": "problem", "code": error.code, "detail": error.detail}
