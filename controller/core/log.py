"""Structured logging: an event is a dotted constant, data are keys, secrets are masked by their type."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def configure(level: str, form: Literal["text", "json"]) -> None:
    """Send everything logged, by us and by libraries, to standard error in one form.

    `level` is a name that `logging` knows; libraries are heard from WARNING up.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False,
            exception_formatter=structlog.dev.plain_traceback,  # the rich one prints locals: secrets
        )
    )
    # people's form writes a traceback as it is; in JSON it has to be text, also where a library logs it
    rendering = [structlog.processors.format_exc_info, renderer] if form == "json" else [renderer]
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    # who breaks off an answer has said so, with more words
    logging.getLogger("uvicorn.error").addFilter(lambda record: "without completing" not in record.getMessage())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
