"""`lcbrb …` in one of several processes; run by `torchrun`, with what a test wants to happen there.

``launched.py KIND KILL ARGUMENTS…``: KIND is ``ddp`` or ``fsdp``, KILL the step after which the first
process is killed before its checkpoint is marked (0: never).
"""

import os
import signal
import sys


def fsdp_on_cpus():
    """Let accelerate do on CPUs what it does for GPUs alone: FSDP, over gloo."""
    import accelerate.state
    import torch
    from accelerate.utils import DistributedType

    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    torch.distributed.init_process_group("gloo")
    accelerate.state.PartialState._prepare_backend = lambda *_, **__: (
        "gloo",
        DistributedType.MULTI_GPU,
    )


def seen_in_pieces():
    """Tell whether all weights lay in pieces when training was over."""
    from lcbrb.training import trl_trainer

    gathered = trl_trainer._gathered

    def told(trainer):
        kinds = {type(weight.data).__name__ for weight in trainer.model_wrapped.parameters()}
        sys.stderr.write(f"weights: {', '.join(sorted(kinds))}\n")
        return gathered(trainer)

    trl_trainer._gathered = told


def killed_at(step):
    """Die in the first process between a step's checkpoint and its mark."""
    from lcbrb.training import trl_shared

    mark = trl_shared.mark_whole

    def mark_whole(checkpoint):
        if checkpoint.name == f"checkpoint-{step}":
            os.kill(os.getpid(), signal.SIGKILL)
        mark(checkpoint)

    trl_shared.mark_whole = mark_whole


if __name__ == "__main__":
    kind, kill, *arguments = sys.argv[1:]
    if kind == "fsdp":
        fsdp_on_cpus()
    if kill != "0":
        killed_at(int(kill))
    seen_in_pieces()
    from lcbrb.cli.main import entry

    sys.argv[1:] = arguments
    entry()
