"""A cluster that is a few lists: hands work when they are waited for, and are lost when told."""

import itertools
from collections import Counter

from lcbrb.engine.spread import LostError


class Hand:
    def __init__(self, place, number):
        self.place, self.number = place, number
        self.do, self.line, self.alive = None, [], True


class InProcessCluster:
    """Nodes by name, with how many hands each has room for.

    `kill` is asked before each piece of work of a hand, with the hand and the items (None: it is
    being built): what it answers with True is lost, and the hand with it.
    """

    def __init__(self, rooms, kill=lambda hand, items: False):
        self.rooms, self.kill = dict(rooms), kill
        self.numbers = itertools.count()
        self.hands, self.tickets, self.given, self.dismissed = [], {}, [], []

    def places(self):
        return dict(self.rooms)

    def hire(self, place, recipe):
        hand = Hand(place, next(self.numbers))
        self.hands.append(hand)
        return hand, self.ticket(hand, lambda: setattr(hand, "do", recipe.build(1)), None)

    def give(self, hand, items):
        assert hand.do is not None
        self.given.append((hand.place, list(items)))
        return self.ticket(hand, lambda: hand.do(items), items)

    def ticket(self, hand, work, items):
        name = f"ticket {len(self.tickets)}"
        self.tickets[name] = (hand, work, items)
        hand.line.append(name)
        return name

    def wait(self, tickets, timeout_s):
        """Every hand does the first thing in its line; all that is lost is told at once."""
        done = []
        for ticket in tickets:
            hand, _, items = self.tickets[ticket]
            if hand.alive and hand.line[0] == ticket:
                hand.alive = not self.kill(hand, items)
                done.append(ticket)
        return [one for one in tickets if one in done or not self.tickets[one][0].alive]

    def result(self, ticket):
        hand, work, _ = self.tickets[ticket]
        if not hand.alive:
            raise LostError(f"{hand.place} is gone")
        hand.line.remove(ticket)
        return work()

    def dismiss(self, hands):
        self.dismissed += hands
        for hand in hands:
            hand.alive = False

    def lose(self, place):
        """A node goes away, with all its hands."""
        del self.rooms[place]
        for hand in self.hands:
            if hand.place == place:
                hand.alive = False

    def most_given(self):
        return Counter(item for _, items in self.given for item in items)
