"""The folder that a run is kept in, and reading such folders."""
