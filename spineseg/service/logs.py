"""Log records -> JSON lines on standard error, without patient data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

# These name calling titles, files or header values in their messages.
_SILENT = ("pynetdicom", "pydicom", "highdicom", "distributed", "asyncio", "alembic", "urllib3", "uvicorn.access")


class JsonFormatter(logging.Formatter):
    """One JSON object a line; a traceback becomes the name of its exception, whose message may quote a header."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
        return json.dumps(entry, ensure_ascii=False)


def log_json(level: int = logging.INFO) -> None:
    """Send every log record to standard error as a JSON line; libraries' own are left out below an error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
