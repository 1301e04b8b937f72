"""Running untrusted programs: ``docs/sandbox.md`` has the whole picture.

This is the grader's side, which is trusted; `inside` is what runs beside a program.

- `levels`: the levels of isolation, which of them are live here, and the sandbox of one.
- `interpreter`: which Python programs run under; `visible_files`: what of the disk they may read.
- `base_sandbox`: what all sandboxes share: programs run on inputs. `session`: a program kept open
  for calls. `borderline` and `pace`: what counts of a time limit that was passed by little.
- `plain_sandbox` (level D) and `confined_sandbox` (A, B and C): two ways to get a process for a
  program. `warm_process` and `warm_pool`: what processes at A, B and C are forked from; `control`:
  how a warm process is told what to do. `launch` and `lasting_thread`: how an interpreter is
  started; `scratch_folder` and `cgroups`: where it may write, and what holds the whole box.
- `process`: what those processes have in common; `running_program`: a program in one of them;
  `streams`, `channel` and `deadline`: what it reads and prints, its answers, and when to stop
  waiting for them; `request_end`: what became of a request; `clocks`: what the kernel says of it;
  `scratch_look` and `thread_watch`: what it keeps on disk, and its threads.
"""
