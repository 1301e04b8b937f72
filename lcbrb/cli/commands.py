"""Commands that refuse an option which is given twice though it takes one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperOption

from lcbrb.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command of which every single option stands once: of two values the last would win."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The command's arguments, parsed.

        Raises:
            UsageError: an option that takes one value is given several times.
        """
        if not ctx.resilient_parsing:  # the shell asks how to complete a line
            _, _, order = self.make_parser(ctx).parse_args(list(args))
            for option, times in Counter(order).items():
                if times > 1 and isinstance(option, TyperOption) and _holds_one_value(option):
                    raise UsageError(_told(option))
        return super().parse_args(ctx, args)


def _holds_one_value(option: TyperOption) -> bool:
    return not (option.multiple or option.is_flag or option.count)


def _told(option: TyperOption) -> str:
    name = max(option.opts, key=len)
    more = "; several are one value, separated by commas" if "," in (option.metavar or "") else ""
    return f"{name} is given several times, and takes one value{more}"


class Commands(typer.Typer):
    """Commands of that kind, under a name or as the whole program."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[F], F]:
        """As `typer.Typer.command`."""
        return super().command(name, **{"cls": Command, **options})
