"""Run folders to one page that works offline.

::

    run folders -> results (lcbrb.runs.results) -> columns (benchmarks) -> packing, texts -> page

`build_board` does all of it. What the page shows is told in docs/leaderboard.md.
"""

from __future__ import annotations

from leaderboards.board import Board as Board, Options as Options, build_board as build_board
