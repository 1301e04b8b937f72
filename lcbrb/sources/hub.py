"""One way to get a file of a public data set: `LCBRB_DATA`, else its home at a pinned revision.

`LCBRB_DATA` names a folder that mirrors the layout in ``docs/data.md``; what it holds is used in
place of the network. Otherwise the file comes from the Hugging Face hub (through its client, so
cache, tokens and ``HF_HUB_OFFLINE`` work as usual) or from a GitHub repository, always at a
revision, never through a data set's own loading script.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import httpx

from lcbrb.codec import write_bytes
from lcbrb.errors import DataUnavailableError, first_line
from lcbrb.input_files import MIB, budget, too_large

DATA_VARIABLE = "LCBRB_DATA"
_REACH_S = 5.0
RAW_FILES = "https://raw.githubusercontent.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a data set on the Hugging Face hub, at a commit."""

    repo: str
    name: str
    revision: str

    def fetch(self) -> Path:
        """The file in the client's cache, downloaded if need be."""
        # half a second that local data does not need
        from huggingface_hub import hf_hub_download, try_to_load_from_cache

        where = self.repo, self.name
        cached = try_to_load_from_cache(*where, repo_type="dataset", revision=self.revision)
        if isinstance(cached, str):
            return Path(cached)
        try:
            check_hub()
            return Path(hf_hub_download(*where, repo_type="dataset", revision=self.revision))
        except Exception as error:  # its errors and its transport's have no base of their own
            raise _unavailable(f"{self.repo}/{self.name}@{self.revision}", error) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubFile:
    """A file of a GitHub repository, at a commit."""

    repo: str
    name: str
    revision: str
    host: str = RAW_FILES

    def fetch(self) -> Path:
        """The file in our cache, downloaded if need be."""
        path = cache_folder() / self.repo / self.revision / self.name
        if path.exists():
            return path
        url = f"{self.host}/{self.repo}/{self.revision}/{self.name}"
        try:
            with httpx.stream("GET", url, follow_redirects=True, timeout=60) as reply:
                content = _body(reply.raise_for_status(), url)
        except httpx.HTTPError as error:
            raise _unavailable(url, error) from error
        write_bytes(path, content)
        return path


def _body(reply: httpx.Response, url: str) -> bytes:
    most, parts, size = budget().file_bytes, [], 0
    for part in reply.iter_bytes():
        size += len(part)
        if size > most:
            raise too_large(f"it is larger than {most // MIB} MiB", url)
        parts.append(part)
    return b"".join(parts)


def check_hub() -> None:
    """Ask once whether the hub can be reached: its client would try for half a minute.

    Raises:
        httpx.HTTPError: it can't. Any answer will do, an error's too.
    """
    from huggingface_hub import constants

    if not constants.HF_HUB_OFFLINE:  # then the client says so itself
        httpx.head(constants.ENDPOINT, timeout=_REACH_S)


def hub_files(repo: str, revision: str, *names: str) -> tuple[HubFile, ...]:
    """Files of one data set on the hub."""
    return tuple(HubFile(repo=repo, name=name, revision=revision) for name in names)


def github_files(
    repo: str, revision: str, *names: str, host: str = RAW_FILES
) -> tuple[GitHubFile, ...]:
    """Files of one GitHub repository."""
    return tuple(GitHubFile(repo=repo, name=name, revision=revision, host=host) for name in names)


def cache_folder() -> Path:
    """Where files without a cache of their own are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "lcbrb"


def local_files(*patterns: str) -> list[Path]:
    """Files below `LCBRB_DATA` that match a pattern, sorted; none where the variable is not set.

    A packed file (``X.gz``) is found by the pattern for ``X``; where both lie there, only ``X`` is.

    Raises:
        DataUnavailableError: the variable names what is no folder.
    """
    named = os.environ.get(DATA_VARIABLE)
    if not named:
        return []
    folder = Path(named).expanduser()
    if not folder.is_dir():
        raise DataUnavailableError(f"{DATA_VARIABLE} is set to {named}, which is not a folder")
    packed = [f"{pattern}.gz" for pattern in patterns]
    matching = {path for pattern in (*patterns, *packed) for path in folder.glob(pattern)}
    return sorted(
        path for path in matching if path.suffix != ".gz" or path.with_suffix("") not in matching
    )


def _unavailable(what: str, error: Exception) -> DataUnavailableError:
    advice = f"set {DATA_VARIABLE} to a folder with the data"
    if os.environ.get(DATA_VARIABLE):
        advice = f"{DATA_VARIABLE} is set, but its folder does not contain them"
    return DataUnavailableError(
        f"could not get {what}: {first_line(error)} (offline? {advice}, see docs/data.md)"
    )
