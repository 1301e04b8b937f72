"""`vllm:`: the calls that it makes of vLLM's public interface, pinned against a stand-in."""

import importlib.machinery
import sys
import types

import kinds
import pytest
import tiny

from lcbrb.errors import MissingExtraError, ModelLoadError, UsageError
from lcbrb.policies.rendering import sample_seed
from lcbrb.policies.vllm import from_spec
from lcbrb.protocols.policy import Ask
from lcbrb.registry import parse_spec
from lcbrb.types import Message, Prompt, PromptForm, Sampling, StopReason

pytest.importorskip("transformers", reason="the extra 'hf' is not installed")


class SamplingParams:
    """As vLLM's, for the arguments that are used."""

    NAMES = ("temperature", "top_p", "max_tokens", "stop", "seed", "skip_special_tokens")

    def __init__(self, **given):
        assert set(given) == set(self.NAMES)
        self.given = given


class LLM:
    """As vLLM's: remembers how it was made and what it was asked."""

    made, waves, ended, fails = [], [], [], None

    def __init__(  # noqa: PLR0913 - the real one takes many more
        self,
        model,
        *,
        revision,
        dtype,
        tensor_parallel_size,
        gpu_memory_utilization,
        seed,
        enable_prefix_caching,
        generation_config,
        max_model_len=32,
    ):
        if LLM.fails:
            raise LLM.fails
        LLM.made.append({name: value for name, value in locals().items() if name != "self"})
        config = types.SimpleNamespace(max_model_len=max_model_len)
        core = types.SimpleNamespace(shutdown=lambda: LLM.ended.append(model))
        self.llm_engine = types.SimpleNamespace(model_config=config, engine_core=core)

    def get_tokenizer(self):
        return tiny.tokenizer(chat=True)

    def generate(self, prompts, sampling_params, *, use_tqdm):
        assert use_tqdm is False
        LLM.waves.append((prompts, [one.given for one in sampling_params]))
        reasons = ["stop", "length", "abort"]
        return [
            types.SimpleNamespace(
                outputs=[
                    types.SimpleNamespace(
                        text=f"reply {i}", token_ids=[1, 2], finish_reason=reasons[i % 3]
                    )
                ]
            )
            for i in range(len(prompts))
        ]


@pytest.fixture
def model(monkeypatch, tmp_path):
    module = types.ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams
    module.__spec__ = importlib.machinery.ModuleSpec("vllm", None)
    monkeypatch.setitem(sys.modules, "vllm", module)
    LLM.made, LLM.waves, LLM.ended, LLM.fails = [], [], [], None
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def ask(key="p", text="Hi.", samples=(0, 1)):
    message = Message(role="user", content=text)
    one = Prompt(messages=(message,), raw=f"# {text}\n", stop=("\n\n",), template="t@1")
    return Ask(key=key, prompt=one, samples=samples)


def sample(folder, asks, options="", sampling=None):
    made = from_spec(parse_spec(f"vllm:{folder}{options}"))
    found = list(made.sample(asks, sampling or Sampling(max_tokens=9, temperature=0.5)))
    return {(one.key, one.sample_index): one.generation for one in found}


def test_the_engine_is_made_with_what_the_spec_says(model):
    sample(model, [ask()], "?tensor_parallel=2&gpu_memory=0.5&dtype=bfloat16&max_length=64&seed=4")
    assert LLM.made == [
        {
            "model": str(model),
            "revision": None,
            "dtype": "bfloat16",
            "tensor_parallel_size": 2,
            "gpu_memory_utilization": 0.5,
            "seed": 4,
            "enable_prefix_caching": True,
            "generation_config": "vllm",
            "max_model_len": 64,
        }
    ]


def test_the_engine_is_ended_before_the_interpreter_waits_for_it(model, monkeypatch):
    registered = []
    monkeypatch.setattr("atexit.register", lambda work, *given: registered.append((work, given)))
    sample(model, [ask()])
    assert LLM.ended == []
    ((work, given),) = [
        (work, given) for work, given in registered if given and isinstance(given[-1], LLM)
    ]
    work(*given)
    assert LLM.ended == [str(model)]


def test_each_sample_is_a_request_with_its_own_seed(model):
    found = sample(model, [ask()])
    ((prompts, params),) = LLM.waves
    expected = tiny.tokenizer()("[user]Hi.</s>[assistant]").input_ids
    assert prompts == [{"prompt_token_ids": expected}] * 2  # special tokens are there once
    sampling = Sampling(max_tokens=9, temperature=0.5)
    assert params == [
        {
            "temperature": 0.5,
            "top_p": 0.95,
            "max_tokens": 9,
            "stop": [],
            "seed": sample_seed(sampling, ask().prompt, index),
            "skip_special_tokens": True,
        }
        for index in (0, 1)
    ]
    assert found["p", 0].text == "reply 0"
    assert found["p", 0].stop_reason is StopReason.END
    assert found["p", 1].stop_reason is StopReason.LENGTH
    assert found["p", 0].completion_tokens == 2
    assert found["p", 0].prompt_tokens == len(expected)


def test_the_raw_form_is_continued_up_to_its_stops(model):
    found = sample(model, [ask()], "?form=raw", Sampling(stop=("##",)))
    ((prompts, params),) = LLM.waves
    assert prompts[0] == {"prompt_token_ids": tiny.tokenizer()("# Hi.\n").input_ids}
    assert params[0]["stop"] == ["\n\n", "##"]
    assert found["p", 0].form is PromptForm.RAW


def test_samples_go_in_waves(model):
    found = sample(model, [ask(f"p{i}", samples=(0,)) for i in range(5)], "?wave=2")
    assert len(found) == 5
    assert [len(prompts) for prompts, _ in LLM.waves] == [2, 2, 1]


def test_a_prompt_that_fills_the_context_is_truncated(model):
    found = sample(model, [ask("long", "x" * 40), ask()])
    assert (found["long", 1].text, found["long", 1].stop_reason) == ("", StopReason.LENGTH)
    assert found["p", 0].text == "reply 0"


def test_what_does_not_load_is_one_sentence(model):
    LLM.fails = RuntimeError("no GPU here\nand much more")
    with pytest.raises(ModelLoadError, match=r"vLLM did not load .*: no GPU here$"):
        sample(model, [ask()])


def test_what_can_not_be_used_is_refused(model, monkeypatch):
    with pytest.raises(UsageError, match="vllm needs a model"):
        from_spec(parse_spec("vllm"))
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingExtraError, match=r"lcbrb\[vllm\]"):
        from_spec(parse_spec(f"vllm:{model}"))


def test_an_adapter_is_not_taken_for_its_base(model, tmp_path):
    pytest.importorskip("peft", reason="the extra 'hf' is not installed")
    base = tiny.save_language_model(tmp_path / "base", "llama", chat=True)
    adapter = kinds.save_adapter(tmp_path / "adapter", base, "CAUSAL_LM")
    with pytest.raises(UsageError, match="is an adapter, but vllm: takes only whole models"):
        from_spec(parse_spec(f"vllm:{adapter}"))
