"""`remote:MODEL@URL?api=vllm|sglang|items`: a reward model behind a server.

`apis` says what each kind of server is sent and what it answers, `server` asks one and holds what
it says against what was sent, `model` is the reward model, `options` what its spec takes.
"""
