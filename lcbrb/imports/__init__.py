"""Results of other tools as runs of ours: one module for each tool's layout.

What is taken over is what the tool's own files say, each verdict with its origin (`RECORDED`) and
the record with who judged (`lcbrb.runs.record.judge_of`). Nothing is run, and nothing that a file
lacks is made up: it is left out, and a note says so.
"""
