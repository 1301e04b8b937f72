"""Tasks of lm-evaluation-harness of our own, on local data: one generates, one compares choices."""

import json

from fakes import write_lines

SUMS = [{"a": a, "b": b, "answer": str(a + b)} for a, b in ((1, 2), (3, 4), (5, 1), (2, 2), (4, 4))]
ANIMALS = [
    {"sound": "barks", "choices": ["a dog", "a stone", "the sea"], "gold": 0},
    {"sound": "meows", "choices": ["a wall", "a cat", "milk"], "gold": 1},
    {"sound": "neighs", "choices": ["rain", "an egg", "a horse"], "gold": 2},
    {"sound": "crows", "choices": ["a cock", "a door", "a hill"], "gold": 0},
]

GENERATING = """
task: sums
dataset_path: json
dataset_kwargs:
  data_files: {{test: {file}}}
test_split: test
output_type: generate_until
doc_to_text: "The sum of {{{{a}}}} and {{{{b}}}} is"
doc_to_target: "{{{{answer}}}}"
generation_kwargs:
  until: ["\\n"]
  max_gen_toks: 12
{more}
filter_list:
  - name: first-number
    filter:
      - function: regex
        regex_pattern: "(-?[0-9]+)"
      - function: take_first
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1.5
"""

CHOOSING = """
task: animals
dataset_path: json
dataset_kwargs:
  data_files: {{test: {file}}}
test_split: test
output_type: multiple_choice
doc_to_text: "The animal that {{{{sound}}}} is"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: gold
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
    aggregation: mean
    higher_is_better: true
metadata:
  version: 2.0
"""

READING = """
task: reading
dataset_path: json
dataset_kwargs:
  data_files: {{test: {file}}}
test_split: test
output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{{{sound}}}}"
metric_list:
  - metric: word_perplexity
metadata:
  version: 1.0
"""

BOTH = """
group: both
task: [sums, animals]
aggregate_metric_list:
  - metric: exact_match
    filter_list: first-number
    aggregation: mean
    weight_by_size: true
metadata:
  version: 1.0
"""


def write_tasks(folder, more=""):
    """The folder to include; `more` is added to the generating task."""
    sums = write_lines(folder / "sums.jsonl", SUMS)
    animals = write_lines(folder / "animals.jsonl", ANIMALS)
    for name, text, data in (
        ("sums", GENERATING, sums),
        ("animals", CHOOSING, animals),
        ("reading", READING, animals),
        ("both", BOTH, animals),
    ):
        made = text.format(file=json.dumps(str(data)), more=more)
        (folder / f"{name}.yaml").write_text(made, encoding="utf-8")
    return folder
