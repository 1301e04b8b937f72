"""One offline page: a template, styles, scripts and data into one HTML file that asks for nothing.

The style and the script stand in the file, named by their hash in a content security policy that
allows these two and nothing else: no request, no frame, no form, no other script. Data are text in
script elements of types that browsers don't run; scripts show them by `textContent` only.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from lcbrb.pages.packing import island, printable
from lcbrb.types import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page is made of.

    Template, styles and scripts are named by their files in the folder `templates` of `package`,
    or else of `lcbrb.pages`: a package has its own and uses the shared ones beside them.

    Attributes:
        package: where the page's own files lie.
        title: shown, and of the browser's tab.
        template: extends ``shell.html`` and fills its blocks, one of them for readers without
            scripts.
        styles: in this order.
        scripts: in this order, in one scope that nothing outside sees.
        meta: what the script needs at once; ``decode.js`` parses it.
        packed: what it unpacks when it is asked for (`lcbrb.pages.packing.deflated`), by name.
        shown: what the template itself shows, by name; always as text, never as markup.
    """

    package: str
    title: str
    template: str
    styles: Sequence[str] = ("shell.css",)
    scripts: Sequence[str]
    meta: JsonValue
    packed: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, object] = field(default_factory=dict)


def render_page(page: Page) -> str:
    """The whole page.

    Raises:
        jinja2.TemplateNotFound: neither package has a file that the page names.
    """
    own, shared = PackageLoader(page.package), PackageLoader("lcbrb.pages")
    loader = ChoiceLoader([own, shared])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)

    def joined(names: Sequence[str]) -> str:
        return "".join(loader.get_source(environment, name)[0] for name in names)

    style = joined(page.styles)
    script = f'(() => {{\n"use strict";\n{joined(page.scripts)}}})();\n'
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    document = environment.get_template(page.template).render(
        page.shown,
        title=page.title,
        policy=policy,
        style=style,
        script=script,
        meta=island(page.meta),
        packed=page.packed,
    )
    return printable(document)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
