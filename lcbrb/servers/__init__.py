"""HTTP servers of models, from the client's side.

`connection` sends a request and knows what its failures mean, `bodies` reads answers within bounds,
`retries` says when to send the next request, `requests` keeps many of them under way. The policy
`openai:` and the reward model `remote:` are built on these.

Connections, timeouts, TLS and proxies are httpx's. The rest is what all requests of a run share,
and bounds, which no library has (openai 3.54 was tried, tenacity 9.2 and httpx-retries 0.6 were
read; perf/RESULTS.md has what each does). They retry each request by itself: one answer is no sign
of life for the others, one ``Retry-After`` no pause for all, and openai gives up at once where it
is above two minutes. openai also holds a line without an end in memory, takes a login page or a
stream of comments for an answer, follows a redirect, and shows a key that an error repeats. It
would replace some 40 lines that read events.
"""
