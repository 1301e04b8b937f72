"""The version, apart from what the package offers."""

__version__ = "0.1.0"
