"""Running untrusted programs.

`plain` runs each input in a process of its own under resource limits. It keeps a broken program
from hanging or flooding the judge; it is no security boundary against a hostile one.
"""
