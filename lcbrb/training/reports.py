"""Where the library sends metrics: checked before a model is loaded, not after."""

from __future__ import annotations

from lcbrb.errors import SetupError, UnknownNameError

_NONE, _ALL = "none", "all"  # the library's words: nobody, and whatever is installed
_UNCHECKED = "flyte"  # the library does not say whether it is installed


def check_report_to(report_to: str) -> None:
    """Hold that everybody who is to get metrics is known and installed.

    Args:
        report_to: names of the library's integrations, with commas between them; `none`, `all`.

    Raises:
        UnknownNameError: there is no such integration.
        SetupError: what it needs is not installed.
    """
    if report_to in {_NONE, _ALL}:
        return
    from transformers.integrations.integration_utils import (
        INTEGRATION_TO_CALLBACK,
        get_available_reporting_integrations,
    )

    names = report_to.split(",")
    for name in names:
        if name not in INTEGRATION_TO_CALLBACK:
            raise UnknownNameError("report_to", name, [*INTEGRATION_TO_CALLBACK, _NONE, _ALL])
    installed = {*get_available_reporting_integrations(), _UNCHECKED}
    if missing := [name for name in names if name not in installed]:
        raise SetupError(
            f"report_to {report_to}: {', '.join(missing)} is not installed: pip install "
            f"{' '.join(missing)}, or leave report_to out (metrics.jsonl and curves.html are kept "
            "in any case)"
        )
