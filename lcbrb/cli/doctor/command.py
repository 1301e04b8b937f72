"""`lcbrb doctor`: what works on this machine, and what is missing for the rest."""

from __future__ import annotations

from lcbrb.cli.options import AsJson


def show(
    as_json: AsJson = False,
) -> None:
    """Show what works on this machine: extras, models, data and sandbox."""
    from lcbrb.api.diagnose import diagnose
    from lcbrb.cli.output import print_groups

    print_groups(diagnose(), as_json=as_json)
