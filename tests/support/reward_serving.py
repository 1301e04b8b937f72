"""A server of a reward model that speaks as vLLM, SGLang and TraceLift's service do."""

import math

from serving import Server, send

LIMIT = 10_000


def score_of(ids):
    """A number from -8 to 8 that tells sequences of tokens apart."""
    mixed = 0
    for token in ids:
        mixed = (mixed * 31 + token + 1) % 100_003
    return round(mixed / 100_003 * 16 - 8, 6)


def score_of_texts(item):
    return len(item["reasoning"]) % 97 / 97


class RewardSite(Server):
    """Scores what it is sent; the attributes say in which ways it does not do as it should."""

    def __init__(self, score=score_of):
        super().__init__()
        self.score = score
        self.model, self.root, self.limit = "rm", "/weights/rm", LIMIT
        self.lists = True
        self.bos = []  # put before each text
        self.cut = None  # to so many tokens, without a word
        self.counts = True
        self.activation = "asked"  # or "always", "softmax", "identity"
        self.tokenize = None  # text to ids, where there is such a page
        self.change = None  # what becomes of the entries of an answer

    def get(self, handler):
        entry = {"id": self.model, "object": "model", "root": self.root}
        if self.limit:
            entry["max_model_len"] = self.limit
        send(handler, *((200, {"data": [entry]}) if self.lists else (404, {"detail": "Not Found"})))

    def answer(self, handler, body):
        page = {
            "/classify": self._classify,
            "/v1/embeddings": self._embeddings,
            "/tokenize": self._tokenize,
            "/score": self._items,
        }.get(handler.path)
        found = page and page(body)
        if found is None:
            send(handler, 404, {"detail": "Not Found"})
        elif body.get("model", self.model) != self.model:
            message = f"The model `{body['model']}` does not exist."
            send(handler, 404, {"error": {"message": message}})
        else:
            send(handler, 200, found)

    def _read(self, body):
        return [[*self.bos, *ids][: self.cut] for ids in body["input"]]

    def _answer(self, body, key, numbers):
        entries = [{"index": i, key: [number]} for i, number in enumerate(numbers)]
        if self.change:
            entries = self.change(entries)
        count = sum(map(len, self._read(body)))
        return {"data": entries, **({"usage": {"prompt_tokens": count}} if self.counts else {})}

    def _classify(self, body):
        numbers = [self.score(ids) for ids in self._read(body)]
        if self.activation == "softmax":
            numbers = [1.0 for _ in numbers]
        elif self.activation == "always" or (self.activation == "asked" and body["use_activation"]):
            numbers = [1 / (1 + math.exp(-number)) for number in numbers]
        return self._answer(body, "probs", numbers)

    def _embeddings(self, body):
        return self._answer(body, "embedding", [self.score(ids) for ids in self._read(body)])

    def _tokenize(self, body):
        if self.tokenize is None:
            return None
        ids = self.tokenize(body["prompt"])
        return {"tokens": ids, "count": len(ids), "max_model_len": self.limit}

    def _items(self, body):
        return [score_of_texts(item) for item in body["items"]]

    @property
    def asked(self):
        """The inputs of each request for scores, in order."""
        return [body["input"] for body in self.bodies if "input" in body]
