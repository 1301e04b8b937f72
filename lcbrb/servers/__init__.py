"""HTTP servers of models, from the client's side.

`connection` sends a request and knows what its failures mean, `bodies` reads answers within bounds,
`retries` says when to send the next request, `requests` keeps many of them under way. The policy
`openai:` and the reward model `remote:` are built on these. OpenAI's own client library would retry
each request by itself; here all wait when a server asks one of them to, and give up together.
"""
