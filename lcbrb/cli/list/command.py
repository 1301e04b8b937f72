"""`lcbrb list`: what there is to choose from."""

from __future__ import annotations

from lcbrb.cli.options import AsJson


def show(
    as_json: AsJson = False,
) -> None:
    """List the benchmarks, pairs, reward models and policies you can name in other commands."""
    from lcbrb.api.catalogue import PLUG_IN, REGISTRIES
    from lcbrb.cli.output import print_groups

    groups = {
        group: {
            name: registry.table[name].about if name in registry.table else PLUG_IN
            for name in registry.names()
        }
        for group, registry in REGISTRIES.items()
    }
    print_groups(groups, as_json=as_json)
