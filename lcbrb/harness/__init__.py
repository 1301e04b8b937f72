"""Sampling a policy on a benchmark, grading what it gives, and estimating: `lcbrb bench`."""
