"""Run folders to one static page. Comes after the evaluation half; this is its place."""
