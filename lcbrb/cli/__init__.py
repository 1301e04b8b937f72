"""The command line: parse, call one function, show what it gave. The only composition root.

Command modules import what they run inside the command, not at the top, so that ``lcbrb --help``
and a mistyped option answer at once.
"""
