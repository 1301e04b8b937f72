"""Tiny folders of the kinds of reward model there are: adapters, models with code of their own.

As in `tiny`: random weights, one token a byte.
"""

import json
import warnings
from pathlib import Path

import tiny

LORA = ("q_proj", "v_proj")


def save_adapter(folder, base, task="SEQ_CLS", *, words=True, revision=None, **settings):
    """A LoRA adapter as PEFT saves it, every tensor of it random; the base's files stay as they are.

    With `words` the tokenizer lies beside it, as trainers save it.
    """
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model

    auto = {
        "SEQ_CLS": "SequenceClassification",
        "CAUSAL_LM": "CausalLM",
        "TOKEN_CLS": "TokenClassification",
    }
    labels = {"num_labels": {"SEQ_CLS": 1, "TOKEN_CLS": 2}[task]} if task != "CAUSAL_LM" else {}
    torch.manual_seed(0)
    model = getattr(transformers, f"AutoModelFor{auto[task]}").from_pretrained(base, **labels)
    given = {"r": 4, "lora_alpha": 8, "target_modules": list(LORA), "task_type": task, **settings}
    with warnings.catch_warnings():  # PEFT asks for what this release of the library deprecates
        warnings.simplefilter("ignore", FutureWarning)
        adapted = get_peft_model(model, LoraConfig(**given))
    torch.manual_seed(1)
    for _, parameter in adapted.named_parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.3)
    adapted.save_pretrained(folder)
    edit(folder, "adapter_config.json", base_model_name_or_path=str(base), revision=revision)
    if words:
        tiny.tokenizer(chat=True).save_pretrained(folder)
    return Path(folder)


def edit(folder, name, **fields):
    """Set fields of a JSON file; a field that is None is taken out."""
    path = Path(folder) / name
    found = {**json.loads(path.read_text()), **fields}
    path.write_text(json.dumps({key: one for key, one in found.items() if one is not None}))
    return folder


def drop_tensors(folder, part):
    """Take every tensor whose name holds `part` out of an adapter's file."""
    from safetensors.torch import load_file, save_file

    path = Path(folder) / "adapter_model.safetensors"
    save_file({name: one for name, one in load_file(path).items() if part not in name}, path)
    return folder


OWN_CODE = """
from dataclasses import dataclass

import torch
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput


class OwnConfig(PreTrainedConfig):
    model_type = "own-{name}"

    def __init__(self, vocab_size=272, width=8, **rest):
        super().__init__(**rest)
        self.vocab_size, self.width = vocab_size, width


@dataclass
class OwnOutput(ModelOutput):
    score: torch.Tensor = None
    rewards: torch.Tensor = None
    logits: torch.Tensor = None
    gates: torch.Tensor = None


class OwnModel(PreTrainedModel):
    config_class = OwnConfig

    def __init__(self, config):
        super().__init__(config)
        self.words = torch.nn.Embedding(config.vocab_size, config.width)
        self.last = torch.nn.Linear(config.width, 3)
        self.post_init()

    def forward(self, input_ids, attention_mask):
        # reads the last column, as much code does that was written for padding on the left
        x_B_3 = self.last(self.words(input_ids).cumsum(1)[:, -1])
        {returns}
"""


def save_own_code(folder, returns="return OwnOutput(score=x_B_3[:, 0])", name="a"):
    """A model that the library does not know, with the code that makes it."""
    import torch

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    code = OWN_CODE.replace("{returns}", returns).replace("{name}", name)
    (folder / "modeling_own.py").write_text(code)
    own = {"AutoConfig": "modeling_own.OwnConfig", "AutoModel": "modeling_own.OwnModel"}
    config = {"model_type": f"own-{name}", "architectures": ["OwnModel"], "auto_map": own}
    config |= {"max_position_embeddings": tiny.POSITIONS}
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(3)
    tensors = {
        "words.weight": torch.randn(272, 8),
        "last.weight": torch.randn(3, 8),
        "last.bias": torch.randn(3),
    }
    from safetensors.torch import save_file

    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tiny.tokenizer(chat=True).save_pretrained(folder)
    return folder


def save_qwen_head(folder, architecture="Qwen2ForRewardModel", labels=1):
    """A model in the layout of Qwen2.5-Math-RM and -PRM; their code is named and does not lie there."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = tiny.save(folder, tiny.config("qwen2"), "AutoModel", tiny.tokenizer(chat=True))
    path = folder / "model.safetensors"
    torch.manual_seed(7)
    head = {
        "score.0.weight": 0.3 * torch.randn(32, 32),
        "score.0.bias": torch.randn(32),
        "score.2.weight": 0.3 * torch.randn(labels, 32),
        "score.2.bias": torch.randn(labels),
    }
    body = {f"model.{name}": one for name, one in load_file(path).items()}
    save_file(body | head, path, metadata={"format": "pt"})
    code = {
        "AutoConfig": "configuration_qwen2_rm.Qwen2RMConfig",
        "AutoModel": f"modeling_qwen2_rm.{architecture}",
    }
    edit(folder, "config.json", architectures=[architecture], auto_map=code, num_labels=None)
    return folder


def save_step_model(folder, kind="llama", labels=2, *, chat=False):
    """What TRL's PRMTrainer leaves: a token classifier, false and true."""
    made = tiny.config(kind, num_labels=labels)
    return tiny.save(folder, made, "AutoModelForTokenClassification", tiny.tokenizer(chat=chat))


def add_token(folder, word):
    """Make a text one token of a folder's tokenizer, and give its id."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(folder)
    words.add_special_tokens({"additional_special_tokens": [word]})
    words.save_pretrained(folder)
    return words.convert_tokens_to_ids(word)


OWN_STEPS = "return {'logits': self.last(self.words(input_ids).cumsum(1))[:, :, :2]}"
