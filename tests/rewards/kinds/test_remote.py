"""`remote:`: what a server is sent, and that its scores are those of `hf:` on the same weights."""

import pytest
import reward_serving
import tiny

from lcbrb.errors import BadScoreError, LcbrbError, SetupError, UsageError
from lcbrb.protocols.reward import Item
from lcbrb.rewards import reward_model

CLOSE = 1e-5
ITEMS = [
    Item(prompt="Add two numbers.", response="Read both, add them, print the sum."),
    Item(prompt="Add two numbers.", response="Multiply."),
    Item(prompt="?", response="x"),
    Item(prompt="Sort.", response="It ends </s> here <s>[user] or not."),
    Item(prompt="Sort a list of words by length.", response=""),
    Item(prompt="Print naïve words — all of them 😀.", response="Encode as UTF-8, then print."),
]


def served(folder):
    """What a decoder with a scalar head says of one sequence of tokens, without batch or padding."""
    torch = pytest.importorskip("torch", reason="the extra 'hf' is not installed")
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()

    def score(ids):
        with torch.inference_mode():
            hidden = model.model(input_ids=torch.tensor([ids])).last_hidden_state
            return float(model.score(hidden[0, -1])[0])

    return score


@pytest.mark.parametrize("chat", [True, False])
def test_scores_are_those_of_hf_on_the_same_weights(site, remote, tmp_path, chat):
    site.score = served(tiny.save_classifier(tmp_path, "llama", chat=chat))
    here = reward_model(f"hf:{tmp_path}")
    expected = here.score(ITEMS)
    for api in ("vllm", "sglang"):
        site.bodies.clear()
        there = remote("batch_size=4&concurrency=1", api, tmp_path)
        assert there.score(ITEMS) == pytest.approx(expected, abs=CLOSE)
        assert there.logits
        assert there.bounds == here.bounds
        sent = [ids for batch in site.asked for ids in batch][-len(ITEMS) :]
        assert sent == [tokens.ids for tokens in here.tokens(ITEMS)]
        assert [len(batch) for batch in site.asked][-2:] == [4, 2]


def test_cuts_are_those_of_hf(site, remote, tmp_path):
    site.score = served(tiny.save_classifier(tmp_path, "llama", chat=True))
    for how in ("left", "right", "keep-head-and-tail"):
        options = f"truncation={how}&max_length=40"
        here, there = reward_model(f"hf:{tmp_path}?{options}"), remote(options, tokenizer=tmp_path)
        assert there.score(ITEMS) == pytest.approx(here.score(ITEMS), abs=CLOSE)
        assert there.truncated(ITEMS) == here.truncated(ITEMS)
        assert any(there.truncated(ITEMS))


def test_a_text_beyond_the_server_s_limit_is_refused_as_hf_does(site, remote):
    site.limit = 60
    with pytest.raises(UsageError, match=r"an input has \d+ tokens, but the model takes 60"):
        remote().score(ITEMS)
    site.limit = None
    with pytest.raises(UsageError, match="the model takes 30"):
        remote("max_length=30").score(ITEMS)
    told = dict(remote("max_length=60&truncation=left").score_portions([ITEMS[2:3]]))
    (only,) = told[0].values()
    assert (only.truncated, only.tokens) == (False, 22)


def test_vllm_is_asked_for_logits_and_in_no_older_word_for_it(site, remote):
    model = remote()
    assert model.score(ITEMS[:1]) == [reward_serving.score_of(site.asked[-1][0])]
    assert {key for body in site.bodies for key in body if "input" in body} == {
        "model",
        "input",
        "use_activation",
    }
    assert site.bodies[-1]["use_activation"] is False


def test_a_server_that_gives_no_logits_is_noticed(site, remote):
    site.activation = "always"
    with pytest.raises(SetupError, match=r"with and without its activation.*\?activation=server"):
        remote().score(ITEMS)
    site.activation = "softmax"
    for options in ("", "activation=server"):
        with pytest.raises(SetupError, match="two unrelated texts the same score, 1:"):
            remote(options).score(ITEMS)


def test_scores_after_an_activation_have_bounds_and_are_no_logits(site, remote):
    model = remote("activation=server")
    assert (model.bounds, model.logits) == ((0.0, 1.0), False)
    assert all(0 < score < 1 for score in model.score(ITEMS))
    site.activation = "identity"
    with pytest.raises(BadScoreError, match="not from 0 to 1"):
        remote("activation=server").score(ITEMS)


def test_items_are_sent_as_texts(site, remote):
    model = remote("max_length=512&batch_size=2&task_type=math&task_name=aime", "items")
    assert model.score(ITEMS) == [len(item.response) % 97 / 97 for item in ITEMS]
    assert (model.bounds, model.logits, model.truncated(ITEMS)) == (
        (0.0, 1.0),
        False,
        [False] * len(ITEMS),
    )
    body = next(body for body in site.bodies if body["items"][0]["reasoning"] == "x")
    assert body["max_length"] == 512
    assert body["batch_size"] == 2
    assert body["items"][0] == {
        "problem": "?",
        "reasoning": "x",
        "task_name": "aime",
        "task_type": "math",
    }


@pytest.mark.parametrize("name", ["scores", "results", "outputs", "data"])
def test_items_are_answered_by_a_list_or_an_object_that_holds_it(site, remote, name):
    site._items = lambda body: {name: [0.25] * len(body["items"]), "version": 1}
    assert remote(api="items").score(ITEMS[:2]) == [0.25, 0.25]


@pytest.mark.parametrize(("url", "model"), [("", "rm"), ("/v1", "rm"), ("/v1/", "rm")])
def test_an_address_may_end_in_v1(site, tokenizer_folder, url, model):
    found = reward_model(f"remote:{model}@{site.url}{url}?api=vllm&tokenizer={tokenizer_folder}")
    assert len(found.score(ITEMS)) == len(ITEMS)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("remote:rm@http://h", "name the server's API"),
        ("remote:rm?api=vllm", "needs an address: remote:MODEL@URL"),
        ("remote:?api=vllm", "remote needs a model"),
        ("remote:rm@h:8000?api=vllm", "must be an address that starts with http"),
        ("remote:rm@http://u:key@h?api=vllm", "keys don't belong in an address"),
        ("remote:rm@http://h?api=tei", "option 'api' of remote"),
        ("remote:rm@http://h?api=vllm&batch_size=0", "batch_size"),
        ("remote:rm@http://h?api=vllm&tokeniser=x", "did you mean tokenizer"),
        (
            "remote:rm@http://h?api=sglang&activation=server",
            "activation has no effect with api=sgl",
        ),
        ("remote:rm@http://h?api=items&tokenizer=x", "tokenizer has no effect with api=items"),
        ("remote:rm@http://h?api=vllm&task_type=math", "task_type has no effect with api=vllm"),
        ("remote:rm@http://h?api=vllm", "name the served model's tokenizer with"),
        ("remote:rm@http://h?api=vllm&tokenizer=nowhere", "neither a folder nor a hub model"),
    ],
)
def test_a_spec_that_can_not_be_used_is_refused(spec, words):
    with pytest.raises(UsageError, match=words) as caught:
        reward_model(spec)
    assert "u:key" not in str(caught.value)


def test_a_tokenizer_with_token_types_can_not_be_sent(site, remote, tmp_path):
    tiny.tokenizer(pairs=True).save_pretrained(tmp_path)
    with pytest.raises(UsageError, match="marks the response by token types"):
        remote(tokenizer=tmp_path).score(ITEMS)


# ------------------------------------------------------------------ what the server says of itself


def test_what_the_server_tells_is_in_the_record(site, remote, tokenizer_folder):
    model = remote("max_length=9999")
    assert model.revision == "/weights/rm"
    assert model.identity == {
        "kind": "remote",
        "model": "rm",
        "url": site.url,
        "api": "vllm",
        "activation": "none",
        "limit": 9999,
        "truncation": "refuse",
        "tokenizer": {"name": str(tokenizer_folder), "revision": model.words.revision},
    }
    assert remote("revision=step-100").revision == "step-100"
    assert remote(api="items").identity["tokenizer"] is None


def test_a_model_that_is_not_served_is_said(site, remote):
    with pytest.raises(SetupError, match=r"serves rm, but no model 'other'"):
        remote(model="other").score(ITEMS)
    site.lists = False
    with pytest.raises(SetupError, match=r"has no model 'other'.*does not exist"):
        remote(model="other").score(ITEMS)


def test_a_server_of_another_kind_is_said(site, tokenizer_folder):
    with pytest.raises(SetupError, match="no such page: Not Found"):
        reward_model(f"remote:rm@{site.url}/api?api=sglang&tokenizer={tokenizer_folder}").score(
            ITEMS
        )
    with pytest.raises(SetupError, match="no server answers at"):
        reward_model(f"remote:rm@http://127.0.0.1:9?api=vllm&tokenizer={tokenizer_folder}").score(
            ITEMS
        )


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bos": [0]}, "one more for each text, as if it adds a BOS token"),
        ({"bos": [0, 0]}, "formats the texts in its own way"),
        ({"cut": 20}, "it cuts texts"),
    ],
)
def test_a_server_that_reads_other_tokens_is_noticed(site, remote, fields, words):
    for name, value in fields.items():
        setattr(site, name, value)
    for api in ("vllm", "sglang"):
        with pytest.raises(SetupError, match=words):
            remote(api=api).score(ITEMS)


def test_a_server_that_counts_no_tokens_is_taken_at_its_word(site, remote):
    site.counts = False
    assert len(remote().score(ITEMS)) == len(ITEMS)


def test_a_server_that_cuts_later_texts_is_noticed(site, remote):
    model = remote()
    model.load()
    site.cut = 50
    with pytest.raises(SetupError, match="it cuts texts"):
        model.score(ITEMS)


def test_another_tokenizer_is_noticed_where_the_server_tells(site, remote):
    site.tokenize = lambda text: [7] * len(text.split())
    with pytest.raises(SetupError, match=r"tokenises a text differently.*\?tokenizer="):
        remote().score(ITEMS)
    own = tiny.tokenizer()
    site.tokenize = lambda text: own(text, add_special_tokens=False)["input_ids"]
    assert len(remote().score(ITEMS)) == len(ITEMS)


def test_a_key_goes_into_the_header_and_into_no_error(site, remote, monkeypatch):
    monkeypatch.setenv("RM_KEY", "sesame")
    model = remote("key_env=RM_KEY")
    model.load()
    assert site.headers[-1]["Authorization"] == "Bearer sesame"
    site.usual = lambda handler, body: (
        reward_serving.send(handler, 400, {"error": {"message": "bad request with sesame"}}) or True
    )
    with pytest.raises(LcbrbError, match=r"bad request with \*\*\*"):
        model.score(ITEMS)
