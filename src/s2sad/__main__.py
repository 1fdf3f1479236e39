"""`python -m s2sad`."""

from __future__ import annotations

import sys

from s2sad.cli import main

sys.exit(main())
