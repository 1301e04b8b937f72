"""Running untrusted programs: see ``docs/sandbox.md`` for the whole picture.

- The judge's side: `levels` (what this machine offers), `runner` (what all sandboxes share),
  `plain` and `warm` (two ways to start processes: `spawned`; `pool` and `zygotes`), `running` and
  `channel` (one process).
- The program's side, which imports nothing but the standard library and each other: `boot`,
  `child` and `zygote` start it, `program` serves the judge, `kernel`, `namespaces`, `landlock`
  and `seccomp` confine it.
- Both: `wire`, plain data as text.
"""
