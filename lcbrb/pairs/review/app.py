"""The review's page: plain forms over a `Desk`, which work without a script; one adds shortcuts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from lcbrb.errors import LcbrbError
from lcbrb.pages.packing import printable
from lcbrb.pairs.review.access import OnlyFromHere, Session, Sessions
from lcbrb.pairs.review.desk import Desk, Turn
from lcbrb.pairs.review.findings import UNSETTLED, Finding, Preference
from lcbrb.pairs.review.rendering import Renderer, read_form
from lcbrb.pairs.review.store import ReviewStore
from lcbrb.pairs.review.summary import summarise
from lcbrb.pairs.review.views import PLACES, hidden_views, pair_view, whole_text, words
from lcbrb.protocols.reward import PairSet
from lcbrb.visible import visible

_SEE_OTHER = 303
_COMPARE, _ADJUDICATE = "compare", "adjudicate"

Handler: TypeAlias = Callable[[Request, Session], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def review_app(
    pair_set: PairSet, store: ReviewStore, sessions: Sessions, cookie: str = "lcbrb_review"
) -> Starlette:
    """The page as an ASGI application.

    The store was opened with the pairs' ids. Servers of a machine share their cookies, so `cookie`
    differs for each.
    """
    return _Pages(pair_set, store, sessions, cookie).app()


class _Pages:
    """The endpoints, and what they share."""

    def __init__(
        self, pair_set: PairSet, store: ReviewStore, sessions: Sessions, cookie: str
    ) -> None:
        self.pairs, self.store, self.sessions, self.cookie = pair_set.pairs, store, sessions, cookie
        self.desk = Desk(store, pair_set.pairs)
        self.renderer = Renderer(f"Review of {visible(pair_set.name)}")

    def app(self) -> Starlette:
        """All routes, and what an error of ours looks like."""
        read, write = ["GET"], ["POST"]
        routes = [
            Route("/enter", self.enter, methods=read),
            Route("/review.css", self.renderer.style, methods=read),
            Route("/review.js", self.renderer.script, methods=read),
            Route("/", self.inside(self.home), methods=read),
            Route("/name", self.inside(self.take_name), methods=write),
            Route("/leave", self.inside(self.leave), methods=write),
            Route("/compare/{number:int}", self.known(self.show), methods=read),
            Route("/compare/{number:int}", self.known(self.compare), methods=write),
            Route("/adjudicate/{number:int}", self.known(self.show), methods=read),
            Route("/adjudicate/{number:int}", self.known(self.adjudicate), methods=write),
            Route("/ask/{number:int}", self.known(self.ask), methods=write),
            Route("/text/{number:int}/{part}", self.known(self.text), methods=read),
            Route("/summary", self.known(self.summary), methods=read),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(OnlyFromHere)],
            exception_handlers={
                LcbrbError: self.renderer.failed,
                HTTPException: self.renderer.refused,
            },
        )

    # -------------------------------------------------------------------------- who may come in

    def inside(self, handler: Handler) -> Endpoint:
        """An endpoint for browsers that came by the link."""

        async def endpoint(request: Request) -> Response:
            session = self.sessions.find(request.cookies.get(self.cookie))
            if session is None:
                return self.renderer.page("closed.html", status=403)
            return await handler(request, session)

        return endpoint

    def known(self, handler: Handler) -> Endpoint:
        """An endpoint for people who said their name."""

        async def named(request: Request, session: Session) -> Response:
            return await handler(request, session) if session.annotator else _to("/")

        return self.inside(named)

    async def enter(self, request: Request) -> Response:
        """Exchange the link's token for a cookie.

        The answer is a page that goes on by itself, and no redirect: who comes from a link on
        another site (a terminal in a browser, a chat) would be redirected without the cookie.
        """
        key = self.sessions.enter(request.query_params.get("token", ""))
        if key is None:
            return self.renderer.page("closed.html", status=403)
        response = self.renderer.page("entered.html")
        response.set_cookie(self.cookie, key, httponly=True, samesite="strict", path="/")
        return response

    async def take_name(self, request: Request, session: Session) -> Response:
        """Who sits there."""
        name = self.desk.person((await read_form(request)).get("name", ""))
        session.annotator, session.opened_s = name or "", {}
        return _to(self.next_page(_COMPARE, session) if name else "/")

    async def leave(self, request: Request, session: Session) -> Response:
        """Make room for somebody else."""
        del request
        session.annotator, session.opened_s = "", {}
        return _to("/")

    # ------------------------------------------------------------------------------- one pair

    def next_page(self, room: str, session: Session, after: int = 0) -> str:
        """The address of the next pair to compare or adjudicate; without one, of the first page."""
        find = self.desk.next_to_adjudicate if room == _ADJUDICATE else self.desk.next_to_compare
        number = find(session.annotator, self.store.said(), after)
        return "/" if number is None else f"/{room}/{number}"

    def turn(self, request: Request, session: Session) -> Turn:
        """The pair that an address means."""
        turn = self.desk.turn(session.annotator, request.path_params["number"])
        if turn is None:
            raise HTTPException(404, "There is no such pair.")
        if _room(request) == _ADJUDICATE and turn.said.finding(self.store.wanted) is Finding.OPEN:
            raise HTTPException(404, "This pair needs no adjudication.")
        return turn

    async def show(self, request: Request, session: Session) -> Response:
        """A pair, to be compared or adjudicated."""
        turn, adjudicating = self.turn(request, session), _room(request) == _ADJUDICATE
        session.opened_s.setdefault(turn.pair.id, time.monotonic())
        mine = turn.said.adjudication if adjudicating else turn.said.by(session.annotator)
        said = turn.said.preferences if adjudicating else ()
        return self.renderer.page(
            "pair.html",
            session=session,
            room=_room(request),
            turn=turn,
            pair=pair_view(turn.pair, turn.first),
            hidden=hidden_views(turn.pair, turn.first) if turn.asked else [],
            mine=None if mine is None else words(mine, turn.first),
            note="" if mine is None else mine.note,
            others=[(choice, words(choice, turn.first)) for choice in said],
            done=sum(
                of_pair.by(session.annotator) is not None for of_pair in self.store.said().values()
            ),
            all=len(self.store.sample),
        )

    async def compare(self, request: Request, session: Session) -> Response:
        """Keep a preference and go on."""
        turn = self.turn(request, session)
        self.store.keep(await self.preference(request, session, turn))
        return _to(self.next_page(_COMPARE, session, turn.number))

    async def adjudicate(self, request: Request, session: Session) -> Response:
        """Keep what was decided between people who differ, and go on."""
        turn = self.turn(request, session)
        self.store.adjudicate(await self.preference(request, session, turn))
        return _to(self.next_page(_ADJUDICATE, session, turn.number))

    async def preference(self, request: Request, session: Session, turn: Turn) -> Preference:
        """What a form says of a pair, and how long that took."""
        form = await read_form(request)
        place = form.get("choice", "")
        if place not in PLACES:
            raise HTTPException(400, "The form does not contain a valid choice.")
        opened_s = session.opened_s.pop(turn.pair.id, None)
        seconds = None if opened_s is None else time.monotonic() - opened_s
        note = form.get("note", "")
        return self.desk.preference(session.annotator, turn, place, note, seconds)

    async def ask(self, request: Request, session: Session) -> Response:
        """Keep that somebody asked, and show what was hidden."""
        turn, form = self.turn(request, session), await read_form(request)
        if not turn.asked:
            self.store.ask(turn.pair.id, session.annotator)
        room = _ADJUDICATE if form.get("room") == _ADJUDICATE else _COMPARE
        return _to(f"/{room}/{turn.number}#hidden")

    async def text(self, request: Request, session: Session) -> Response:
        """A text as it is, to be saved: browsers don't show it as a page."""
        turn, part = self.turn(request, session), request.path_params["part"]
        text = whole_text(turn.pair, turn.first, part)
        if text is None:
            raise HTTPException(404, "There is no such text.")
        saved = {"Content-Disposition": f'attachment; filename="pair-{turn.number}-{part}.txt"'}
        return Response(printable(text), media_type="text/plain; charset=utf-8", headers=saved)

    # --------------------------------------------------------------------------- other pages

    async def home(self, request: Request, session: Session) -> Response:
        """Who sits there, and what there is to do."""
        del request
        said = self.store.said()
        findings = Counter(of_pair.finding(self.store.wanted) for of_pair in said.values())
        return self.renderer.page(
            "home.html",
            session=session,
            people=self.store.people(),
            done=sum(of_pair.by(session.annotator) is not None for of_pair in said.values()),
            settled=len(said) - sum(findings[name] for name in UNSETTLED),
            disputed=findings[Finding.DISPUTED],
            compare=self.next_page(_COMPARE, session),
            adjudicate=self.next_page(_ADJUDICATE, session),
            store=self.store,
        )

    async def summary(self, request: Request, session: Session) -> Response:
        """The numbers of the review."""
        del request
        summary = summarise(self.store, self.pairs)
        return self.renderer.page("summary.html", session=session, summary=summary)


def _room(request: Request) -> str:
    return _ADJUDICATE if request.url.path.startswith(f"/{_ADJUDICATE}/") else _COMPARE


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=_SEE_OTHER)
