"""What runs beside the untrusted program: standard library only, from Python 3.10 on.

Nothing outside this folder is imported, for the interpreter there does not see the package.

- `boot` starts a module here: `spawned` (level D: a process for one program) or `fork_server` (a
  warm process, which forks one for every program, after some `practice`).
- `program_server` loads the program and answers the grader; `start_state` is what the program
  finds at its start; `wire` is plain data as text, for both sides.
- `limits`, `namespaces`, `landlock` and `seccomp` confine it, by the system calls of `kernel`.
- `scratch` empties and removes scratch folders, for both sides.
- `installation` tells what a Python is made of; `known_work` is timed beside a program.
"""
