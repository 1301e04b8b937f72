"""`lcbrb …` in one of several processes; run by `torchrun`, with what a test wants to happen there.

``launched.py KIND KILL ARGUMENTS…``: KIND is ``ddp`` or ``fsdp``, KILL the step after which the first
process is killed before its checkpoint is marked (0: never).
"""

import os
import signal
import sys
from pathlib import Path


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


def fsdp_env():
    """The environment that processes get by the file for FSDP."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_multi_gpu_env

    path = Path(__file__).parents[2] / "lcbrb" / "data" / "launch" / "fsdp.yaml"
    given = ["--config_file", str(path), "--num_processes", "2", "-m", "lcbrb"]
    told = prepare_multi_gpu_env(
        _validate_launch_command(launch_command_parser().parse_args(given))[0]
    )
    return {
        key: told[key] for key in told if key.startswith("FSDP_") or key == "ACCELERATE_USE_FSDP"
    }


def seen_in_pieces():
    """Tell whether all weights lay in pieces when training was over."""
    from lcbrb.training import trl_arguments

    gathered = trl_arguments.gathered_weights

    def told(trainer):
        kinds = {type(weight.data).__name__ for weight in trainer.model_wrapped.parameters()}
        sys.stderr.write(f"weights: {', '.join(sorted(kinds))}\n")
        return gathered(trainer)

    trl_arguments.gathered_weights = told


def killed_at(step):
    """Die in the first process between a step's checkpoint and its mark."""
    from lcbrb.training import resume

    mark = resume.mark_whole

    def mark_whole(checkpoint):
        if checkpoint.name == f"checkpoint-{step}":
            os.kill(os.getpid(), signal.SIGKILL)
        mark(checkpoint)

    resume.mark_whole = mark_whole


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
