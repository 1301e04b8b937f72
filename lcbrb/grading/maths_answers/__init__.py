"""Whether two written answers are the same mathematics: the maths benchmarks' oracle.

An answer is read in its `forms` and rewritten (`characters`, `notation`), compared as `numbers`
where that suffices, and by math-verify (`equivalence`) otherwise: in a `worker` process of a
`pool`, since some answers take for ever. `mutants` are for validation.
"""
