"""Position bias of a judge, from what its replies said in each order (`ScoredPair.judged`).

- `ORDER_CHANGES`: of the pairs that were read in both orders, the share whose judgement (chosen
  better, rejected better, tie) is another one when the sides change places. A judge that reads what
  it is given has 0.
- `FIRST_PLACE`: the share of judgements for the side that stood first, a tie counting half, each
  order of a pair being one observation. Without a bias it is 0.5, whichever side is better, as
  every pair is asked in both orders or in one that is drawn.

Intervals are clustered by problem.
"""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.stats import cluster_mean
from lcbrb.types import Estimate, JudgeVotes, Metric, ScoredPair

ORDER_CHANGES = Metric("order_changes")
FIRST_PLACE = Metric("first_place")
_NO_PREFERENCE = 0.5
_BOTH = 2


def estimates(scored: Sequence[ScoredPair]) -> dict[Metric, Estimate]:
    """What there is to say of position: nothing for models that are no pairwise judges."""
    by_metric = {}
    changes = [
        (float(changed), row.problem_id)
        for row in scored
        if row.judged is not None and (changed := changes_with_order(row.judged)) is not None
    ]
    if changes:
        by_metric[ORDER_CHANGES] = _mean(changes)
    first = [(share, row.problem_id) for row in scored for share in _first_place(row.judged)]
    if first:
        by_metric[FIRST_PLACE] = _mean(first)
    return by_metric


def counts(scored: Sequence[ScoredPair]) -> dict[str, int]:
    """Replies read, unparsable, truncated; pairs without a judgement. Nothing where no judge was.

    `one_order` counts pairs of which one order was read and the other gave nothing to read. An
    ensemble keeps no replies: it has `unparsable` alone, where a judge in it left a pair unread.
    """
    judged = [row.judged for row in scored if row.judged is not None]
    unparsable = sum(row.unparsable for row in scored)
    if not judged:
        return {"unparsable": unparsable} if unparsable else {}
    return {
        "unparsable": unparsable,
        "one_order": sum(_read_in_one(account) for account in judged),
        "replies_read": sum(account.votes for account in judged),
        "replies_unparsable": sum(account.unparsable for account in judged),
        "replies_truncated": sum(account.truncated for account in judged),
    }


def changes_with_order(votes: JudgeVotes) -> bool | None:
    """Whether another side wins when the sides change places; None where one order is missing."""
    if votes.chosen_first is None or votes.chosen_second is None:
        return None
    return _side(votes.chosen_first) != _side(votes.chosen_second)


def _side(preference: float) -> int:
    return (preference > _NO_PREFERENCE) - (preference < _NO_PREFERENCE)


def _first_place(votes: JudgeVotes | None) -> list[float]:
    """Shares for the side that stood first: of each order that was read."""
    if votes is None:
        return []
    shares = [] if votes.chosen_first is None else [votes.chosen_first]
    return shares if votes.chosen_second is None else [*shares, 1.0 - votes.chosen_second]


def _read_in_one(votes: JudgeVotes) -> bool:
    return votes.orders == _BOTH and (votes.chosen_first is None) != (votes.chosen_second is None)


def _mean(values: Sequence[tuple[float, str]]) -> Estimate:
    return cluster_mean([value for value, _ in values], [problem for _, problem in values])
