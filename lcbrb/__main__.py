"""``python -m lcbrb …`` is ``lcbrb …``, for launchers that start a module in several processes."""

from lcbrb.cli.main import entry

if __name__ == "__main__":
    entry()
