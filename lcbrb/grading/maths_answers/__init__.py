"""Whether two written answers are the same mathematics: the maths benchmarks' oracle.

An answer is tidied (`forms`, `characters`) and compared as `numbers` where that suffices. Else a
`worker` process of a `pool` takes it, since some answers take for ever: `structure` tells lists,
intervals, equations and names (`splitting`, `lists`, `names`), `equivalence` compares them, and
`formulas` (read by `parser`, after `notation`) and `intervals` what they hold.
`units` are read off formula by formula; `rules` say what a benchmark allows. `answer_mutants` and
`value_mutants` make the wrong answers that it is held against.
"""
