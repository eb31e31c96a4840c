"""What all routes share: problem details, paging, the request's transaction, security headers, the built page.

Nothing here knows a slice. Who may come in is asked of the doorkeeper that `build` is handed, for every route but those
marked `opt={"public": True}`: what is not said to be public is not.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import structlog
from litestar import Litestar, MediaType, Request, Response, get
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath, Parameter
from litestar.response import File, Stream
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import ControllerRouterHandler, Message, Receive, Scope, Send
from sqlalchemy import exc
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from controller.core.db import Database
from controller.core.errors import AppError, FieldError, Invalid, NotFound, TooMany, Unauthenticated, Unavailable

log = structlog.get_logger()

PROBLEM = "application/problem+json"
BODY_BYTES = 1 << 20
DIST = (Path(__file__).resolve().parents[1] / "page", Path(__file__).resolve().parents[2] / "ui" / "dist")
HEADERS = {
    "cache-control": "no-store",  # the page's files say otherwise
    # Mantine writes its colours and sizes as style attributes; scripts come from our own files alone
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; frame-src 'self'; "
        "font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
ASSET_AGE = "public, max-age=31536000, immutable"  # the bundler puts a hash of the content into each name

Doorkeeper = Callable[[ASGIConnection[Any, Any, Any, Any]], Awaitable[object | None]]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    limit: int
    offset: int


def provide_page(
    limit: Annotated[int, Parameter(ge=1, le=5000, description="At most so many items.")] = 100,
    offset: Annotated[int, Parameter(ge=0, le=2**31, description="Items to skip.")] = 0,
) -> Page:
    """Paging from the query string."""
    return Page(limit, offset)


async def provide_session(state: State) -> AsyncGenerator[AsyncSession, None]:
    """The request's transaction: committed before the answer leaves, rolled back when the route raises."""
    database: Database = state.database
    async with database.session() as session:
        yield session


def provide_principal(scope: Scope) -> Any:
    """Whoever the doorkeeper let in."""
    return scope["user"]


def _guard(doorkeeper: Doorkeeper) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]:
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        connection.scope["user"] = None
        principal = await doorkeeper(connection)
        connection.scope["user"] = principal
        if principal is None and not handler.opt.get("public"):
            raise Unauthenticated("Log in first, or send a valid token.")

    return guard


def problem(status: int, code: str, detail: str, errors: Sequence[FieldError] = ()) -> Response[dict[str, Any]]:
    """An error as RFC 9457 describes it."""
    body: dict[str, Any] = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code}
    body["detail"] = detail
    if errors:
        body["errors"] = [{"field": error.field, "message": error.message} for error in errors]
    return Response(body, status_code=status, media_type=PROBLEM)


def _app_error(_: Request[Any, Any, Any], error: AppError) -> Response[dict[str, Any]]:
    answer = problem(error.status, error.code, error.detail, error.errors)
    answer.content.update(error.members)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


OWN_WORDS = {  # for what the framework refuses before a route is asked
    404: ("not_found", "There is no such address; /api/schema lists those of the API."),
    405: ("method_not_allowed", "This address does not take that method; /api/schema says which."),
    413: ("too_large", f"The request is larger than the {BODY_BYTES >> 20} MiB that are taken."),
}


def _http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    extra = error.extra if isinstance(error.extra, list) else []
    errors = [
        FieldError(str(one.get("key", "")), str(one.get("message", "is not valid")))
        for one in extra
        if isinstance(one, dict)
    ]
    if error.status_code == 400:
        sentence = "; ".join(f"{one.field}: {one.message}" for one in errors) or error.detail
        return problem(400, "invalid", f"The request is not valid: {sentence}", errors)
    if error.status_code >= 500:
        return _unexpected(request, error)
    return problem(error.status_code, *OWN_WORDS.get(error.status_code, ("refused", error.detail)))


def _undecodable(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """The JSON decoder gives up on what is nested too deeply or no UTF-8; anywhere else these are faults of ours."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is not None and str(frame.tb_frame.f_globals.get("__name__")).startswith("litestar.serialization"):
        return _app_error(request, Invalid("The body cannot be read: it is nested too deeply, or is no UTF-8."))
    return _unexpected(request, error)


def _database_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    if isinstance(error, DataError):
        return _app_error(request, Invalid("A value cannot be stored: it is too large, or holds a null character."))
    if isinstance(error, IntegrityError):
        return problem(409, "conflict", "Somebody changed the same thing at the same moment. Look again and repeat.")
    log.error("web.database_away", error=str(error)[:300])
    return _app_error(request, Unavailable("The database does not answer. Moorline tries again; so may you, shortly."))


def _unexpected(_: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    identity = secrets.token_hex(6)
    log.error("web.unexpected", id=identity, exc_info=error)
    return problem(500, "internal", f"Something went wrong in Moorline; its log has the details under {identity}.")


async def _add_headers(message: Message, _: Scope) -> None:
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, value in HEADERS.items():
            headers.setdefault(name, value)


@get("/healthz", opt={"public": True}, media_type=MediaType.TEXT, include_in_schema=False)
async def healthz() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", opt={"public": True}, include_in_schema=False)
async def readyz(state: State) -> Response[dict[str, bool]]:
    """The parts that answers depend on answer too."""
    ready = await state.database.ready()
    return Response({"database": ready}, status_code=200 if ready else 503)


def _file(root: Path, path: str) -> Path | None:
    """The file of that name in the folder, if there is one."""
    try:
        wanted = (root / path.lstrip("/")).resolve()
        return wanted if wanted.is_relative_to(root) and wanted.is_file() else None
    except (ValueError, OSError):  # a null character, a name longer than any
        return None


def _page_handler(folder: Path) -> ControllerRouterHandler:
    root = folder.resolve()

    @get(["/", "/{path:path}"], opt={"public": True}, include_in_schema=False)
    async def page(path: FromPath[str] = "") -> File:
        """The built page: its files by name, and for every other address the page itself, which has its own routes."""
        if path.strip("/").split("/")[0] in {"api", "healthz", "readyz"}:
            raise NotFound("There is no such address.")
        wanted = _file(root, path)
        if wanted is not None:
            age = ASSET_AGE if wanted.parent.name == "assets" else "no-cache"
            kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
            return File(wanted, media_type=kind, content_disposition_type="inline", headers={"cache-control": age})
        if path.startswith("/assets/"):
            raise NotFound("There is no such file.")
        return File(
            root / "index.html",
            media_type="text/html",
            content_disposition_type="inline",
            headers={"cache-control": "no-cache"},
        )

    return page


def _openapi(version: str) -> OpenAPIConfig:
    schemes = {"token": SecurityScheme(type="http", scheme="bearer", description="An API token, ml_…")}
    return OpenAPIConfig(
        title="Moorline",
        version=version,
        path="/api/schema",
        render_plugins=[JsonRenderPlugin()],
        components=Components(security_schemes=schemes),  # type: ignore[arg-type]
        security=[{"token": []}],
        use_handler_docstrings=True,
    )


def build(
    handlers: Sequence[ControllerRouterHandler],
    *,
    doorkeeper: Doorkeeper,
    state: Mapping[str, Any],
    dependencies: Mapping[str, Callable[..., Any]],
    version: str,
) -> Litestar:
    """The web application. `state` holds the objects that handlers may ask for by name, beside `dependencies`."""
    folder = next((one for one in DIST if (one / "index.html").is_file()), None)
    provided = {name: Provide(_constant(name), sync_to_thread=False) for name in state}
    provided |= {
        "session": Provide(provide_session),
        "page": Provide(provide_page, sync_to_thread=False),
        "principal": Provide(provide_principal, sync_to_thread=False),
    }
    provided |= {name: Provide(give, sync_to_thread=False) for name, give in dependencies.items()}
    return Litestar(
        [*handlers, healthz, readyz, *([_page_handler(folder)] if folder is not None else [])],
        dependencies=provided,
        guards=[_guard(doorkeeper)],
        state=State(dict(state)),
        before_send=[_add_headers],
        openapi_config=_openapi(version),
        logging_config=None,  # the log is set up by whoever runs this
        request_max_body_size=BODY_BYTES,
        exception_handlers={
            AppError: _app_error,
            HTTPException: _http_error,
            DataError: _database_error,
            IntegrityError: _database_error,
            OperationalError: _database_error,
            InterfaceError: _database_error,
            exc.TimeoutError: _database_error,  # every connection is taken
            RecursionError: _undecodable,
            UnicodeDecodeError: _undecodable,
            Exception: _unexpected,
        },
    )


def _constant(name: str) -> Callable[[State], Any]:
    def give(state: State) -> Any:
        return state[name]

    return give


class _Sending(ASGIStreamingResponse):
    __slots__ = ()

    async def send_body(self, send: Send, receive: Receive) -> None:
        """As it comes. What breaks in the middle is one line in the log.

        The body is then not ended, so that the server cuts the connection and nobody takes it for whole.
        """
        try:
            await super().send_body(send, receive)
        except* AppError as errors:
            error: BaseException = errors
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            log.warning("download.broke_off", reason=str(error))


class Download(Stream):
    """A stream of bytes whose source is a host, which may break off."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **how: Any) -> ASGIResponse:
        """For the server."""
        made = super().to_asgi_response(app, request, **how)
        made.__class__ = _Sending  # the same but for how it is sent
        return made
