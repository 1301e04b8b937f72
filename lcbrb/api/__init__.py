"""The public functions of the library: everything that a command does (`lcbrb.bench`, …).

Each function has its own module and is used as a member of `lcbrb`, which loads it when it is first
used.
"""
