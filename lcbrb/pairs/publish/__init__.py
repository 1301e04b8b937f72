"""Pairs as a data set that others load: Parquet, JSONL, a card, croissant, checksums, eval.yaml.

`lcbrb.publish_pairs` writes it into a folder or a hub repository; see docs/pairs-publish.md.
"""
