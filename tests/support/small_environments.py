"""A definition of an environment of two packages, whose wheels lie in a folder: no network."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def wheel(folder: Path, name: str, version: str, text: str = "") -> str:
    """Write a pure wheel with one module and one data file; its hash."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    members = {
        f"{name}/__init__.py": text or f"VERSION = {version!r}\n",
        f"{name}/lists/words.txt": "a\nb\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as packed:
        for member, content in members.items():
            packed.writestr(zipfile.ZipInfo(member), content)
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def small_definition(folder: Path, index: Path, python: str = PYTHON) -> Path:
    """The definition's folder; its wheels go to `index`."""
    home = folder / "small"
    home.mkdir()
    index.mkdir(exist_ok=True)
    first, second = wheel(index, "apple", "1.0"), wheel(index, "pear", "2.1")
    (home / f"{python}.txt").write_text(f"apple==1.0 --hash={first}\n", "utf-8")
    (home / f"{python}-more.txt").write_text(f"pear==2.1 --hash={second}\n", "utf-8")
    (home / "upstream.txt").write_text("apple==0.9\nplum==3\n", "utf-8")
    (home / "environment.toml").write_text(
        f"""
        title = "two packages"
        refused = "there are no apples for it"
        disk_mib = 40
        download_mib = 1
        minutes = 1
        imports = ["apple"]
        data = ["words"]
        pythons = {{ "{python}" = "a note" }}
        options = {{ more = {{ title = "a pear", disk_mib = 20, download_mib = 2 }} }}
        variables = {{ WORDS = "{{environment}}/words" }}
        [[borrowed]]
        pin = "pear==2.1"
        hash = "{second}"
        members = "pear/lists/"
        to = "words"
        """,
        "utf-8",
    )
    return home
