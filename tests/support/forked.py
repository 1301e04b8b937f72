"""`lcbrb …` in several processes that train together, forked from one that has imported TRL.

Importing TRL takes half a minute, so a test starts this once. Each line on stdin is a JSON object:
``count`` processes, ``out`` (where each puts ``RANK.out``, ``RANK.err`` and ``RANK.json``),
``arguments`` of `lcbrb`, ``hooks`` (names of functions below that are called in each process),
``env``. Its answer is a line with the exit codes. ``RANK.json`` holds what hooks and `noted` saw.
"""

import contextlib
import hashlib
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path

SEEN = {"given": [], "drawn": []}


def digest(weights):
    """Of weights, in their order."""
    return hashlib.sha256(b"".join(one.detach().numpy().tobytes() for one in weights)).hexdigest()


def rank():
    return int(os.environ.get("RANK", "0"))


def noted():
    """Note what the loss is given, how much is sampled, and the weights at the end."""
    import trl

    from lcbrb.training.pgrpo import fit as fitting, run

    own = trl.GRPOTrainer._generate_and_score_completions

    def scored(self, inputs):
        output = own(self, inputs)
        SEEN["given"].append(output["advantages"].tolist())
        return output

    trl.GRPOTrainer._generate_and_score_completions = scored
    fit, gathered = run.fit, fitting.gathered_weights

    def watched(trainer):
        weights = dict(trainer.model_wrapped.named_parameters())
        SEEN["kinds"] = sorted({type(weight.data).__name__ for weight in weights.values()})
        whole = [
            getattr(weight, "full_tensor", lambda w=weight: w)() for weight in weights.values()
        ]
        SEEN["weights"] = digest(whole)
        return gathered(trainer)

    fitting.gathered_weights = watched
    run.fit = fit


def scripted():
    """Replies by a script: of the row's place in the whole batch, the draw and the step."""
    import trl
    from word_policy import WORDS

    def replies(self, prompt_ids, *_, **__):
        step, drawn = self.state.global_step, SEEN["drawn"]
        draw = sum(one["step"] == step for one in drawn)
        if self.model.training:
            drawn.append({"step": step, "rows": len(prompt_ids)})
        return [self.script(row + rank() * len(prompt_ids), draw) for row in range(len(prompt_ids))]

    def turn(self, prompt_ids, *given, **named):
        texts = replies(self, prompt_ids)
        return [[WORDS.index(word) for word in text.split()] for text in texts], None

    trl.GRPOTrainer._generate_single_turn = turn
    trl.GRPOTrainer.script = lambda self, row, draw: said(
        hashed(row, self.state.global_step) % 2, hashed(self.state.global_step, row) % 2
    )


def hashed(*numbers):
    return hashlib.sha256(repr(numbers).encode()).digest()[0]


def said(good, digit):
    word = "good" if good else "bad"
    return f"<think> {word} </think> <answer> {digit} </answer> </s>"


def flat_in_second():
    """One group of the second process is alike at the first draw; later draws say 2 or 1."""
    import trl

    def script(self, row, draw):
        if draw:
            return said(True, 1 + row % 2)
        return said(True, 1 if row >= 6 else row % 2)

    trl.GRPOTrainer.script = script


def second_is_killed():
    """Before its sixth step."""
    from lcbrb.training.pgrpo_train import PosteriorTrainer

    own = PosteriorTrainer.training_step

    def step(self, *given, **named):
        if rank() == 1 and self.state.global_step == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(self, *given, **named)

    PosteriorTrainer.training_step = step


def second_has_no_score():
    """The second process' reward model gives a score that is no number, from its first batch on."""
    import word_policy

    own = word_policy.LikesGood.score

    def score(self, items):
        self.calls = getattr(self, "calls", 0) + 1
        return [float("nan")] * len(items) if rank() and self.calls > 1 else own(self, items)

    word_policy.LikesGood.score = score


def second_has_no_loss():
    """The loss of the second process is no number at the third step."""
    import trl

    own = trl.GRPOTrainer.training_step

    def step(self, *given, **named):
        loss = own(self, *given, **named)
        return loss * float("nan") if rank() and self.state.global_step == 2 else loss

    trl.GRPOTrainer.training_step = step


def second_saves_late():
    """The second process takes a while to write its part of a checkpoint."""
    import time

    import transformers

    own = transformers.Trainer._save_rng_state

    def save(self, *given, **named):
        time.sleep(0.5 * rank())
        return own(self, *given, **named)

    transformers.Trainer._save_rng_state = save


def second_writes_less():
    """The replies of the second process are cut earlier than those of the first."""
    from lcbrb.training.pgrpo_train import PosteriorTrainer

    own = PosteriorTrainer.__init__

    def begun(self, *given, **named):
        own(self, *given, **named)
        self.generation_config.max_new_tokens -= 6 * rank()

    PosteriorTrainer.__init__ = begun


def on_gloo():
    """FSDP on CPUs."""
    from launched import fsdp_on_cpus

    fsdp_on_cpus()


def child(task, number, port):
    """One process; ends it."""
    if task["count"] > 1:
        os.environ |= {
            "RANK": str(number),
            "LOCAL_RANK": str(number),
            "WORLD_SIZE": str(task["count"]),
            "LOCAL_WORLD_SIZE": str(task["count"]),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
    os.environ |= task["env"]
    out, code = Path(task["out"]), 70
    for name, descriptor in (("out", 1), ("err", 2)):
        with (out / f"{number}.{name}").open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        for hook in task["hooks"]:
            globals()[hook]()
        from lcbrb.cli.main import entry

        sys.argv = ["lcbrb", *task["arguments"]]
        entry()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except Exception:  # noqa: BLE001 - whatever it is, it is told
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            (out / f"{number}.json").write_text(json.dumps(SEEN))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main():
    """Answer each line."""
    import lcbrb.cli.main
    import lcbrb.training.pgrpo.run
    import lcbrb.training.pgrpo_train  # noqa: F401 - imported here, so that forks need not

    for line in sys.stdin:
        task = json.loads(line)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        pids = []
        for number in range(task["count"]):
            pid = os.fork()
            if not pid:
                child(task, number, port)
            pids.append(pid)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
