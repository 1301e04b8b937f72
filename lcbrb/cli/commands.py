"""Commands that refuse an option given twice that takes one value, and odd numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperOption

from lcbrb.errors import UsageError
from lcbrb.numerals import refuse_odd_number

F = TypeVar("F", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command that reads its options strictly.

    Every single option stands once (of two values the last would win), and a number is written in
    plain digits (``1_000`` would be one for Python).
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The command's arguments, parsed.

        Raises:
            UsageError: an option that takes one value is given several times, or an odd number.
        """
        if ctx.resilient_parsing:  # the shell asks how to complete a line
            return super().parse_args(ctx, args)
        given, _, order = self.make_parser(ctx).parse_args(list(args))
        options = {
            option: times
            for option, times in Counter(order).items()
            if isinstance(option, TyperOption)
        }
        for option, times in options.items():
            if times > 1 and not (option.multiple or option.is_flag or option.count):
                raise UsageError(_told(option))
        rest = super().parse_args(ctx, args)
        for option in options:
            name = option.name or ""
            refuse_odd_number(given[name], ctx.params.get(name), max(option.opts, key=len))
        return rest


def _told(option: TyperOption) -> str:
    name = max(option.opts, key=len)
    more = ": separate several by commas" if "," in (option.metavar or "") else ""
    return f"{name} is given several times, but takes one value{more}"


class Commands(typer.Typer):
    """Commands of that kind, under a name or as the whole program."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[F], F]:
        """As `typer.Typer.command`."""
        return super().command(name, **{"cls": Command, **options})
