"""Grading and scoring for programs on other machines, over HTTP.

`requests` is what may be asked, `desk` does it by the executors that commands use, `admission` says
who may ask and how much, `app` holds the routes, `run_code` speaks SandboxFusion's shape, and
`server` listens.
"""
