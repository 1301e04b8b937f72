"""The library's face: everything that a command does, as a function (`lcbrb.bench`, …).

Each function stands in a module of its own and is reached as a member of `lcbrb`, which loads it
when it is first asked for.
"""
