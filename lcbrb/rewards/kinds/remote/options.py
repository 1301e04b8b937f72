"""What the spec of a remote reward model takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import PositiveInt

from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.registry import Spec
from lcbrb.rewards.forward.batching import Truncation
from lcbrb.servers.connection import ServerOptions


class Api(StrEnum):
    """How a server is spoken to."""

    VLLM = "vllm"
    SGLANG = "sglang"
    ITEMS = "items"


class Activation(StrEnum):
    """What becomes of the head's output before it is sent."""

    NONE = "none"  # it is sent as it is: a logit
    SERVER = "server"  # what the server does by itself; a number from 0 to 1


_IDS = frozenset({Api.VLLM, Api.SGLANG})  # are sent token ids
_ONLY = {
    "activation": {Api.VLLM},
    "tokenizer": _IDS,
    "truncation": _IDS,
    "trust_remote_code": _IDS,
    "task_name": {Api.ITEMS},
    "task_type": {Api.ITEMS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOptions(ServerOptions):
    """What ``remote:…?…`` takes beside the options of every server.

    `api` has no default. `batch_size` texts go into one request. `max_length` (tokens) lowers the
    server's own limit; of ``items`` it is sent along. `tokenizer` is a folder or ``ORG/NAME@REV``,
    the model's own name where not given; `trust_remote_code` lets code that comes with it run here.
    `task_name` and `task_type` are sent with each of ``items``.
    """

    api: Api | None = None
    batch_size: PositiveInt = 8
    max_length: PositiveInt | None = None
    truncation: Truncation = Truncation.REFUSE
    activation: Activation = Activation.NONE
    tokenizer: str = ""
    trust_remote_code: bool = False
    task_name: str = ""
    task_type: str = "code"

    @property
    def sends_ids(self) -> bool:
        """Whether texts are sent as token ids."""
        return self.api in _IDS

    @property
    def bounded(self) -> bool:
        """Whether scores lie between 0 and 1."""
        return self.api is Api.ITEMS or self.activation is Activation.SERVER


def read_options(spec: Spec) -> RemoteOptions:
    """The options of a spec.

    Raises:
        UsageError: no `api`, unknown options, or some that mean nothing to it.
    """
    options = build(RemoteOptions, spec.options, spec.kind)
    if options.api is None:
        raise UsageError(
            f"{spec.text}: name the server's API with ?api=vllm, ?api=sglang or ?api=items "
            "(docs/reward-models.md)"
        )
    for name, apis in _ONLY.items():
        if name in spec.options and options.api not in apis:
            raise UsageError(
                f"{spec.text}: {name} has no effect with api={options.api} (only with "
                f"{' and '.join(sorted(apis))}): leave it out"
            )
    return options
