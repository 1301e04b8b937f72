"""The folder that a run is kept in: its record, writing and resuming it, and the one reader."""
