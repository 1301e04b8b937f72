"""Where files come from: a local folder first, else the hub or GitHub, never half a file."""

import httpx
import pytest
from fakes import StandIn, serving

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.sources.base import Source
from lcbrb.sources.hub import GitHubFile, HubFile, cache_folder, local_files

COMMIT = "0" * 40
PAGE = f"/org/repo/{COMMIT}/data/pairs.json"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of one's own, and no local data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LCBRB_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def site():
    with serving({PAGE: b"[1, 2, 3]"}) as (site, host):
        site.file = GitHubFile(repo="org/repo", name="data/pairs.json", revision=COMMIT, host=host)
        yield site


def files_in(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


# ------------------------------------------------------------------------------------- GitHub


def test_a_github_file_is_downloaded_into_the_cache(site, cache):
    path = site.file.fetch()
    assert path == cache / "lcbrb" / "org" / "repo" / COMMIT / "data" / "pairs.json"
    assert path.read_bytes() == b"[1, 2, 3]"
    assert files_in(cache) == [path]


def test_a_github_file_is_downloaded_once(site):
    assert site.file.fetch() == site.file.fetch()
    assert site.asked == [PAGE]


def test_another_commit_is_another_file(site):
    other = GitHubFile(
        repo="org/repo", name="data/pairs.json", revision="1" * 40, host=site.file.host
    )
    site.pages[f"/org/repo/{'1' * 40}/data/pairs.json"] = b"[]"
    assert site.file.fetch() != other.fetch()


def test_a_github_file_that_is_not_there_is_unavailable_and_leaves_nothing(site, cache):
    site.pages.clear()
    with pytest.raises(DataUnavailableError, match=rf"could not get http.*{COMMIT}.*404"):
        site.file.fetch()
    assert files_in(cache) == []


def test_a_dropped_connection_is_unavailable_data_and_leaves_nothing(site, cache):
    site.drops = True
    with pytest.raises(DataUnavailableError, match="could not get http"):
        site.file.fetch()
    assert files_in(cache) == []
    site.drops = False
    assert site.file.fetch().read_bytes() == b"[1, 2, 3]"


def test_no_server_at_all_is_unavailable_data():
    with serving({}) as (_, host):
        pass
    file = GitHubFile(repo="org/repo", name="x", revision=COMMIT, host=host)
    with pytest.raises(DataUnavailableError, match="set LCBRB_DATA to a folder with the data"):
        file.fetch()


def test_a_disk_that_fills_up_leaves_no_file_that_is_taken_for_whole(site, cache, monkeypatch):
    def full(_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(codec.os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            site.file.fetch()
    assert files_in(cache) == []
    assert site.file.fetch().read_bytes() == b"[1, 2, 3]"
    assert len(site.asked) == 2


def test_the_usual_file_host_is_githubs():
    assert (
        GitHubFile(repo="o/r", name="n", revision=COMMIT).host
        == "https://raw.githubusercontent.com"
    )


def test_without_the_variable_the_cache_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "lcbrb"


# ------------------------------------------------------------------------------------ the hub


def test_a_hub_file_comes_from_the_clients_cache_at_its_commit(monkeypatch, tmp_path):
    import huggingface_hub

    client = StandIn(huggingface_hub.hf_hub_download, str(tmp_path / "there"))
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    file = HubFile(repo="org/data", name="x.jsonl", revision=COMMIT)
    assert file.fetch() == tmp_path / "there"
    assert client.calls == [
        {"repo_id": "org/data", "filename": "x.jsonl", "repo_type": "dataset", "revision": COMMIT}
    ]


class ForeignError(Exception):
    """An error of a library that ours have nothing in common with."""


@pytest.mark.parametrize(
    "error", [OSError("gone"), ValueError("gone"), ForeignError("gone"), ForeignError()]
)
def test_whatever_the_hubs_client_raises_is_unavailable_data(monkeypatch, error):
    import huggingface_hub

    client = StandIn(huggingface_hub.hf_hub_download, error)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", client)
    with pytest.raises(
        DataUnavailableError, match=rf"org/data/x.jsonl@{COMMIT}: (gone|ForeignError)"
    ):
        HubFile(repo="org/data", name="x.jsonl", revision=COMMIT).fetch()


# ---------------------------------------------------------------------------------- local data


def test_without_the_variable_there_is_no_local_data():
    assert local_files("*") == []


def test_a_variable_that_names_no_folder_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(
        DataUnavailableError, match=r"LCBRB_DATA is set to .*nowhere, which is not a folder"
    ):
        local_files("*")


def test_local_files_are_sorted_and_each_is_named_once(monkeypatch, tmp_path):
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / name).touch()
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    assert [path.name for path in local_files("*.json", "a.*")] == ["a.json", "b.json"]


def test_a_file_and_its_packed_copy_are_one(monkeypatch, tmp_path):
    for name in ("a.json", "a.json.gz", "b.json.gz"):
        (tmp_path / name).touch()
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    assert [path.name for path in local_files("*.json")] == ["a.json", "b.json.gz"]
    assert [path.name for path in local_files("*.gz")] == ["a.json.gz", "b.json.gz"]


def test_local_files_are_used_in_place_of_the_network(monkeypatch, tmp_path, site):
    (tmp_path / "mine.json").touch()
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    source = Source(name="x", row="a row", local=("*.json",), homes=(site.file,))
    assert source.locate() == ("local", [tmp_path / "mine.json"])
    assert site.asked == []


def test_without_local_files_the_remote_one_is_used(site):
    source = Source(name="x", row="a row", local=("*.json",), homes=(site.file,))
    version, paths = source.locate()
    assert (version, [path.name for path in paths]) == (COMMIT[:12], ["pairs.json"])


def test_a_github_file_that_the_memory_does_not_hold_is_refused_and_not_kept(
    site, cache, monkeypatch
):
    monkeypatch.setenv("LCBRB_INPUT_MIB", "1")
    site.pages[PAGE] = b"x" * ((1 << 20) + 1)
    with pytest.raises(BadInputError, match="larger than 1 MiB"):
        site.file.fetch()
    assert files_in(cache) == []


def test_a_hub_that_can_not_be_reached_is_said_without_its_client_trying(monkeypatch):
    import huggingface_hub

    def head(*_, **__):
        raise httpx.ConnectError("no route")

    def download(*_, **__):
        raise AssertionError("the client was asked")

    monkeypatch.setattr(httpx, "head", head)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(DataUnavailableError, match=r"no route .*LCBRB_DATA"):
        HubFile(repo="org/repo", name="pairs.json", revision=COMMIT).fetch()
