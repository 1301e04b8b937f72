"""`lcbrb train`: make the models that the rest measures."""

from __future__ import annotations

from lcbrb.cli.commands import Commands
from lcbrb.cli.train.launch_file import launch_file
from lcbrb.cli.train.pgrpo import pgrpo
from lcbrb.cli.train.reports import advantages, page
from lcbrb.cli.train.reward_model import reward_model
from lcbrb.cli.train.sft import sft
from lcbrb.cli.train.study import study

app = Commands(no_args_is_help=True)


@app.callback()
def train() -> None:
    """Train reward models and policies."""


app.command("study")(study)
app.command("reward-model")(reward_model)
app.command("sft")(sft)
app.command("pgrpo")(pgrpo)
app.command("advantages")(advantages)
app.command("launch-file")(launch_file)
app.command("page")(page)
