"""`openai:MODEL@BASE_URL`: any server that speaks OpenAI's HTTP interface.

vLLM, SGLang, llama.cpp, `transformers serve`, hosted ones. `policy` spreads requests over threads,
`client` sends one and knows what its failures mean, `replies` reads what comes back, `retries` says
when to send the next. OpenAI's own client library would retry each request by itself; here all wait
when a server asks one of them to, and give up together.
"""
