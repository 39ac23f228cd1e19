"""The log: every record of the program, redacted, on the console and in a rotating file of JSON lines.

Threads only put records into a queue; one thread formats and writes them, so that the window never waits for a disk.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import logging.handlers
import queue
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from modelward.core.redact import redacted, redacted_fields

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

logger = logging.getLogger(__name__)

FILE_NAME = "modelward.jsonl"
MAX_BYTES = 100 * 1024 * 1024
FILES = 10
"""So many full files are kept beside the one being written, of ``MAX_BYTES`` each."""

_OURS = "modelward"


class Log:
    """The one log of a process. From its making on it keeps every record; :meth:`configure` says where they go.

    What was said before :meth:`configure` is written then, so that nothing heavy is needed at start-up.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._handler = _Collector(self._queue)
        self._listener: logging.handlers.QueueListener | None = None
        self._targets: list[logging.Handler] = []
        logging.getLogger().addHandler(self._handler)
        logging.getLogger(_OURS).setLevel(logging.DEBUG)

    def configure(
        self,
        level: str,
        folder: Path,
        *,
        console: TextIO | None = None,
        console_level: str | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Write records from ``level`` on to ``folder``, and those from ``console_level`` on to the console.

        A folder that cannot be written costs only the file, which is said once. Libraries are heard from WARNING on.
        """
        logging.getLogger(_OURS).setLevel(level)
        stream = console or sys.stderr
        self._targets = [_console(stream, console_level or level)] if stream is not None else []
        try:
            self._targets.append(_file(folder, level, max_bytes))
        except OSError as error:
            logger.warning("The log cannot be written to %s (%s); it goes to the console only.", folder, error.strerror)
        self._listener = logging.handlers.QueueListener(self._queue, *self._targets, respect_handler_level=True)
        self._listener.start()

    def set_level(self, level: str) -> None:
        """Keep records from another level on, in the file."""
        logging.getLogger(_OURS).setLevel(level)
        for target in self._targets[1:]:
            target.setLevel(level)

    def stop(self) -> None:
        """Write what is queued and let go of the file; what was never configured is told on the console in short."""
        logging.getLogger().removeHandler(self._handler)
        logging.getLogger(_OURS).setLevel(logging.NOTSET)
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        else:
            self._tell_kept()
        for target in self._targets:
            with contextlib.suppress(OSError):  # what a full disk could not take was said when it happened
                target.close()
        self._targets = []

    def _tell_kept(self) -> None:
        while not self._queue.empty():
            record = self._queue.get()
            if record.levelno >= logging.WARNING and sys.stderr is not None:
                text = redacted(f"{record.levelname} {record.getMessage()}\n{record.exc_text or ''}")
                sys.stderr.write(text.rstrip() + "\n")


class _Collector(logging.handlers.QueueHandler):
    """Puts records into the queue as they are at that moment: what they hold may change later."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        kept = copy.copy(record)
        kept.msg, kept.args = _message(record), None
        for name in ("message", "asctime"):  # left on it by another handler; here they would pass for extra fields
            kept.__dict__.pop(name, None)
        if record.exc_info:
            kept.exc_text = "".join(traceback.format_exception(*record.exc_info))
            kept.exc_info = None
        return kept


class _Quiet(logging.Handler):
    """A handler that says once that it cannot write, and never shows a record that was not redacted."""

    _has_said = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's own
        if not self._has_said and sys.stderr is not None:
            self._has_said = True
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(f"modelward: the log cannot be written: {redacted(repr(sys.exc_info()[1]))}\n")


class _Console(_Quiet, logging.StreamHandler[TextIO]):
    pass


class _File(_Quiet, logging.handlers.RotatingFileHandler):
    pass


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit: our bug, but no reason to lose the record
        return f"{record.msg} {record.args!r}"


def _console(stream: TextIO, level: str) -> logging.Handler:
    from structlog.dev import ConsoleRenderer

    handler = _Console(stream)
    handler.setLevel(level)
    handler.setFormatter(_formatter(_in_local_time, ConsoleRenderer(colors=stream.isatty(), pad_event_to=0)))
    return handler


def _file(folder: Path, level: str, max_bytes: int) -> logging.Handler:
    from structlog.processors import JSONRenderer

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / FILE_NAME
    handler = _File(file, maxBytes=max_bytes, backupCount=FILES, encoding="utf-8", errors="backslashreplace")
    handler.setLevel(level)
    handler.setFormatter(_formatter(JSONRenderer(ensure_ascii=False)))
    return handler


def _formatter(*rendering: Processor) -> logging.Formatter:
    from structlog.stdlib import ExtraAdder, ProcessorFormatter

    return ProcessorFormatter(
        foreign_pre_chain=[ExtraAdder(), _described],
        processors=[ProcessorFormatter.remove_processors_meta, _redacted, *rendering],
    )


def _described(_logger: Any, _method: str, fields: EventDict) -> EventDict:
    """Adds when (UTC), how grave and by whom, as the record says it."""
    record: logging.LogRecord = fields["_record"]
    fields["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    fields["level"] = record.levelname.lower()
    fields["logger"] = record.name
    if record.exc_text:
        fields["exception"] = record.exc_text.rstrip()
    return fields


def _in_local_time(_logger: Any, _method: str, fields: EventDict) -> EventDict:
    fields["timestamp"] = datetime.fromisoformat(fields["timestamp"]).astimezone().isoformat(" ", "seconds")
    return fields


def _redacted(_logger: Any, _method: str, fields: EventDict) -> EventDict:
    return redacted_fields(fields)
