"""lcbrb: does this reward model know good reasoning from bad?"""

from __future__ import annotations

__version__ = "0.1.0"
