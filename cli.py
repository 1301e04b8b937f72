"""Launcher for a checkout: ``python cli.py eval …`` is ``lcbrb eval …``."""

from lcbrb.cli.main import entry

if __name__ == "__main__":
    entry()
