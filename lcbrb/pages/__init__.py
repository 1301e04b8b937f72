"""What every offline page shares: one file without requests, packed data, scripts that show it.

A page gives `Page` its own template and scripts and lists the shared ones (``templates/``) that it
wants: ``decode.js`` (data), ``dom.js`` (elements), ``state.js`` (choices in the address, colours),
``tables.js`` (sorting, bars), ``charts.js`` with ``charts.css`` (plots), ``export.js`` (CSV,
Markdown).
"""

from __future__ import annotations

from lcbrb.pages.packing import deflated as deflated
from lcbrb.pages.shell import Page as Page, render_page as render_page
