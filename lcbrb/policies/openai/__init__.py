"""`openai:MODEL@BASE_URL`: any server that speaks OpenAI's HTTP interface.

vLLM, SGLang, llama.cpp, `transformers serve`, hosted ones. `policy` asks for samples, several
requests at a time, `client` sends one and takes in its samples, `replies` reads what comes back.
"""
