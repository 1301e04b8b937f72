"""A folder into a data set repository of the Hugging Face hub, as one commit."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lcbrb.errors import DataUnavailableError, UsageError, first_line
from lcbrb.sources.pairs.by_name import HUB

_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")


def hub_id(where: str) -> str | None:
    """``OWNER/NAME`` of ``hf://datasets/OWNER/NAME``; None for a folder.

    Raises:
        UsageError: another ``hf://`` address.
    """
    if not where.startswith("hf://"):
        return None
    name = where.removeprefix(HUB)
    if not where.startswith(HUB) or not _ID.fullmatch(name):
        raise UsageError(f"'{where}' is not a hub data set: write {HUB}OWNER/NAME")
    return name


def home_of(name: str) -> str:
    """The address of a data set's page."""
    return f"{_endpoint() or 'https://huggingface.co'}/datasets/{name}"


def upload(folder: Path, name: str, *, private: bool, message: str) -> str:
    """Put a folder's files into a repository, which is made if there is none.

    Files that are there and not in the folder stay. The token is the hub client's own
    (``hf auth login``, ``HF_TOKEN``).

    Returns:
        The commit.

    Raises:
        DataUnavailableError: the hub can't be reached or does not take it.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    hub = HfApi(endpoint=_endpoint())
    try:
        hub.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
        done = hub.upload_folder(
            repo_id=name, repo_type="dataset", folder_path=folder, commit_message=message
        )
    except Exception as error:  # its errors and its transport's have no base of their own
        raise DataUnavailableError(
            f"{HUB}{name}: the hub refused it: {first_line(error)} (log in with hf auth login or "
            "HF_TOKEN; --to FOLDER writes the same files here)"
        ) from error
    return str(done.oid)


def _endpoint() -> str | None:
    """Where the hub is, if somebody says so now; the client reads it when it is imported."""
    return os.environ.get("HF_ENDPOINT") or None
