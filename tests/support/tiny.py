"""Tiny things to test with: records of a few words, random two-layer models, files, a plug-in.

A tokenizer here gives one token a byte, so lengths can be counted by hand. The models are random,
with weights large enough that two texts never score alike by accident.
"""

from pathlib import Path

from fakes import case, lcb_row, write_lines

from lcbrb.pair_identity import make_pair
from lcbrb.types import (
    AnswerCheck,
    Completion,
    Judgement,
    Outcome,
    Problem,
    Provenance,
    Relation,
    ScoredPair,
    Status,
    Verdict,
)

# ---------------------------------------------------------------------------------- records


def problem(name="p1", **fields):
    given = {"source": "tests", "prompt": f"Solve {name}.", "check": AnswerCheck(gold="1")}
    return Problem(id=name, **{**given, **fields})


def completion(reasoning="Think.", sampler="m", index=0, *, sound=None, **fields):
    """A completion with its reasoning; `sound` makes one judgement of it, or several."""
    opinions = () if sound is None else (sound,) if isinstance(sound, bool) else sound
    judged = tuple(Judgement(judge=f"j{i}", sound=one) for i, one in enumerate(opinions))
    given = {"problem_id": "p1", "text": f"{reasoning}\n```python\npass\n```", "solution": "pass"}
    return Completion(
        policy_id=sampler,
        sample_index=index,
        reasoning=reasoning,
        judgements=judged,
        **{**given, **fields},
    )


def verdict(status=Status.PASSED, **fields):
    return Verdict(status=status, **fields)


def pair(name="p1", chosen="good", rejected="bad", **fields):
    given = {
        "prompt": f"Solve {name}.",
        "relation": Relation.GIVEN,
        "provenance": Provenance(source="tests"),
    }
    return make_pair(problem_id=name, chosen=chosen, rejected=rejected, **{**given, **fields})


def scored(one, outcome, *, truncated=False):
    """What a reward model made of a pair, given only how it ended."""
    chosen = {Outcome.WIN: 1.0, Outcome.TIE: 0.0, Outcome.LOSS: -1.0}[outcome]
    return ScoredPair(
        pair_id=one.id,
        problem_id=one.problem_id,
        chosen_score=chosen,
        rejected_score=0.0,
        outcome=outcome,
        truncated=truncated,
    )


# ------------------------------------------------------------------------------ transformers

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
CHAT = (
    "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}]{{ message['content'] }}"
    "{{ eos_token }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)
DECODERS = ("llama", "qwen2", "mistral", "gemma")
ENCODERS = ("bert", "roberta")
POSITIONS = 256


def chat_text(prompt, response):
    """What `CHAT` makes of an exchange, written out by hand."""
    return f"{BOS}[user]{prompt}{EOS}[assistant]{response}{EOS}"


def tokenizer(*, chat=False, pairs=False, pad=PAD):
    """One token a byte. Adds a BOS of its own; with `pairs`, two separators and token types."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    entries = [BOS, PAD, EOS, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    core = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(entries)}, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens([AddedToken(t, special=True) for t in (BOS, EOS, PAD)])
    single = f"{BOS} $A {EOS}" if pairs else f"{BOS} $A"
    core.post_processor = processors.TemplateProcessing(
        single=single,
        pair=f"{BOS} $A {EOS} $B:1 {EOS}:1",
        special_tokens=[(t, core.token_to_id(t)) for t in (BOS, EOS)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=pad,
        chat_template=CHAT if chat else None,
        sep_token=EOS if pairs else None,
        cls_token=BOS if pairs else None,
        model_input_names=["input_ids", "attention_mask"] + ["token_type_ids"] * pairs,
    )


def config(kind, **fields):
    """A two-layer config of a real architecture."""
    from transformers import AutoConfig

    small = {
        "vocab_size": 272,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": POSITIONS,
        "initializer_range": 0.3,
        "num_labels": 1,
    }
    if kind in DECODERS:
        small |= {"num_key_value_heads": 2, "head_dim": 8}
    if kind == "roberta":
        small |= {"pad_token_id": 1, "type_vocab_size": 2}
    return AutoConfig.for_model(kind, **{**small, **fields})


def save(folder, made, auto, words, seed=0):
    """Write a random model of a config, and a tokenizer, as a folder that loads."""
    import torch
    import transformers

    torch.manual_seed(seed)
    getattr(transformers, auto).from_config(made).save_pretrained(folder)
    words.save_pretrained(folder)
    return Path(folder)


def save_classifier(folder, kind, *, chat=False, pad=PAD, seed=0, **fields):
    """A random model with a scalar head."""
    words = tokenizer(chat=chat, pairs=kind in ENCODERS, pad=pad)
    made = config(kind, **fields)
    return save(folder, made, "AutoModelForSequenceClassification", words, seed)


def save_language_model(folder, kind="llama", *, chat=False, seed=0, **fields):
    """A random causal language model."""
    return save(folder, config(kind, **fields), "AutoModelForCausalLM", tokenizer(chat=chat), seed)


# ------------------------------------------------------------------------------------- files


def write_problems(folder, count=6):
    """Problems in LiveCodeBench's layout: print `n` times the number read."""
    rows = [
        lcb_row(
            f"q{n}",
            public=[case("1\n", f"{n}\n")],
            private=[case("7\n", f"{7 * n}\n")],
            difficulty="easy" if n % 2 else "hard",
        )
        for n in range(1, count + 1)
    ]
    return write_lines(folder / "problems.jsonl", rows)


def write_completions(folder, count=6, sleep_s=0.0, name="some-model"):
    """Four completions a problem with their grades: two pass, two fail, one sleeps a while."""
    programs = (
        "print({n} * int(input()))",
        "import time; time.sleep({sleep_s}); print({n} * int(input()))",
        "print({n} + int(input()))",
        "raise SystemExit(str({n}))",
    )
    rows = []
    for n in range(1, count + 1):
        codes = [program.format(n=n, sleep_s=sleep_s) for program in programs]
        texts = [f"Way {i} to do it.\n```python\n{code}\n```" for i, code in enumerate(codes)]
        row = {"question_id": f"q{n}", "output_list": texts, "code_list": codes}
        rows.append({**row, "graded_list": [True, True, False, False]})
    return write_lines(folder / f"{name}.jsonl", rows)


def write_pairs(path, count=12):
    """Somebody else's pairs, two a problem; the chosen text is the longer one in most."""
    rows = [
        {
            "problem_id": f"p{i // 2}",
            "prompt": f"Question {i // 2}?",
            "chosen": "x" * (3 + i % 4) + f" chosen {i}",
            "rejected": "x" * (i % 3) + f" rejected {i}"[: 10 + i % 2],
            "difficulty": "easy" if i % 3 else "hard",
        }
        for i in range(count)
    ]
    return write_lines(path, rows)


PLUGIN = """
import math
import time


class Lengths:
    bounds = (0.0, math.inf)

    def __init__(self, spec):
        self.id, self.options = spec.text, spec.options

    def score(self, items):
        return [self.one(item) for item in items]

    def one(self, item):
        return float(len(item.response))


class Nan(Lengths):
    def one(self, item):
        return math.nan if "chosen 3" in item.response else super().one(item)


class Slow(Lengths):
    def one(self, item):
        time.sleep(float(self.options["s"]))
        return super().one(item)


class Logits(Lengths):
    bounds, logits = (-math.inf, math.inf), True


class Prefers:
    def __init__(self, spec):
        self.id = spec.text

    def compare(self, pairs):
        return [0.5 for pair in pairs]


def nothing(spec):
    return "a text"
"""

ENTRY_POINTS = """
[lcbrb.reward_models]
nan = tiny_plugin:Nan
slow = tiny_plugin:Slow
logits = tiny_plugin:Logits
prefers = tiny_plugin:Prefers
nothing = tiny_plugin:nothing
gone = tiny_plugin:no_such_name
"""


def write_plugin(folder):
    """A distribution with reward models, installed once its folder is on the path."""
    facts = folder / "tiny_plugin-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-plugin\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    (folder / "tiny_plugin.py").write_text(PLUGIN)
    return folder
