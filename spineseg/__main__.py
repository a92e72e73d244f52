"""Run as a program: `spineseg` and `python -m spineseg`."""

from __future__ import annotations

import sys

from spineseg.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
