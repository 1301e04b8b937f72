"""Templates, the style sheet and the script of the page, and the forms that come back."""

from __future__ import annotations

from urllib.parse import parse_qsl

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lcbrb.pages.packing import printable
from lcbrb.pairs.review.desk import LONGEST_NOTE
from lcbrb.pairs.review.views import PLACES

_LARGEST_FORM = 64 * 1024  # bytes
_FORM = "application/x-www-form-urlencoded"


class Renderer:
    """Renders templates; every text in them is escaped. `title` is the page's own."""

    def __init__(self, title: str) -> None:
        self._title = title
        loader = ChoiceLoader([PackageLoader("lcbrb.pairs.review"), PackageLoader("lcbrb.pages")])
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)

        def source(name: str) -> str:
            return loader.get_source(self._templates, name)[0]

        self._style = source("shell.css") + source("review.css")
        self._script = source("review.js")

    def page(self, template: str, *, status: int = 200, **shown: object) -> Response:
        """A template, rendered."""
        shared = {
            "title": self._title,
            "session": None,
            "places": PLACES,
            "longest_note": LONGEST_NOTE,
        }
        text = self._templates.get_template(template).render({**shared, **shown})
        return HTMLResponse(printable(text), status_code=status)

    async def style(self, request: Request) -> Response:
        """The style sheet: what all pages share, and this one's."""
        del request
        return Response(self._style, media_type="text/css")

    async def script(self, request: Request) -> Response:
        """The script: shortcuts."""
        del request
        return Response(self._script, media_type="text/javascript")

    async def failed(self, request: Request, error: Exception) -> Response:
        """An error of ours: a full disk, a store that is gone."""
        del request
        return self.page("problem.html", status=500, what="This was not saved", why=str(error))

    async def refused(self, request: Request, error: Exception) -> Response:
        """An address or a form that means nothing."""
        del request
        status, why = getattr(error, "status_code", 500), getattr(error, "detail", "")
        return self.page("problem.html", status=status, what="This can't be shown", why=why)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form.

    Raises:
        HTTPException: it is too large, or no form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415, "This is not a form of this page.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            raise HTTPException(413, "This form is too large.")
    try:
        fields = parse_qsl(
            body.decode("ascii", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=20,
        )
    except ValueError as error:
        raise HTTPException(400, "This is not a form of this page.") from error
    return dict(fields)
