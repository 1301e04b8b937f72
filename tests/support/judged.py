"""A judge that goes by rules: what it says of each candidate can be worked out by hand.

Each candidate's text is a few words. ``3`` and the like is its worth; ``vain`` makes the judge
prefer whatever stands first; ``mumbles`` leaves no verdict; ``rambles`` is cut off; ``refused`` is
refused by the server. `PAIRS` has a pair of each sort but the refused.
"""

import re

import tiny

import serving
from lcbrb.rewards.pair_scores import rank_pairs

TEMPLATE = """
name = "rules@1"
user = '''
{prompt}
First: {first}
Second: {second}
'''
"""
ONE = """
name = "rules-one@1"
user = '''
{prompt}
Only: {response}
'''
"""


def sides(body):
    asked = body["messages"][-1]["content"]
    return [re.findall(rf"{name}: (.*)", asked)[0] for name in ("First", "Second")]


def worth(text):
    return int(re.findall(r"-?\d+", text)[0])


def verdict(body, number):
    """The reply to a comparison."""
    first, second = sides(body)
    both = f"{first} {second}"
    if "mumbles" in both:
        return "I would rather not say."
    if "vain" in both or worth(first) > worth(second):
        return "A is more careful.\nVerdict: A"
    return "Verdict: B" if worth(second) > worth(first) else "**Verdict: tie**"


def scores(body, number):
    """The reply to a question for a score."""
    text = re.findall(r"Only: (.*)", body["messages"][-1]["content"])[0]
    return "Hm." if "mumbles" in text else f"Sound enough.\nScore: {worth(text)}"


def manners(handler, body):
    """Refuses what says so, cuts off what rambles."""
    asked = body["messages"][-1]["content"]
    if "refused" in asked:
        return serving.says(400, "this content is not allowed")(handler, body)
    if "rambles" in asked:
        serving.stream(handler, body, serving.chunks(body, ["On the one hand"], "length"))
        return True
    return False


def pair(name, chosen, rejected, **fields):
    return tiny.pair(name, chosen=chosen, rejected=rejected, **fields)


def scored(model, *pairs):
    found = {one.pair_id: one for some in rank_pairs(model, [pairs]) for one in some}
    return [found[one.id] for one in pairs if one.id in found]


PAIRS = [
    pair("p1", "is 3", "is 1"),
    pair("p2", "is 1", "is 3"),
    pair("p3", "is 2", "is also 2"),
    pair("p4", "is 3 vain", "is 1"),
    pair("p5", "is 1", "is 3 vain"),
    pair("p6", "is 3 mumbles", "is 1"),
    pair("p7", "is 3 rambles", "is 1"),
]
