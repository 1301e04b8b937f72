"""A cluster that is a few lists: workers work when they are waited for, and are lost when told."""

import itertools
from collections import Counter

from lcbrb.engine.cluster import WorkerLostError


class Worker:
    def __init__(self, node, number):
        self.node, self.number = node, number
        self.do, self.queue, self.alive = None, [], True


class InProcessCluster:
    """Nodes by name, with how many workers fit on each.

    `kill` is asked before each piece of work of a worker, with the worker and the items (None: it is
    being built): what it answers with True is lost, and the worker with it.
    """

    def __init__(self, fitting, kill=lambda worker, items: False):
        self.fitting, self.kill = dict(fitting), kill
        self.numbers = itertools.count()
        self.workers, self.futures, self.given, self.stopped = [], {}, [], []

    def nodes(self):
        return dict(self.fitting)

    def start(self, node, recipe):
        worker = Worker(node, next(self.numbers))
        self.workers.append(worker)
        return worker, self.future(worker, lambda: setattr(worker, "do", recipe.build(1)), None)

    def submit(self, worker, items):
        assert worker.do is not None
        self.given.append((worker.node, list(items)))
        return self.future(worker, lambda: worker.do(items), items)

    def future(self, worker, work, items):
        name = f"future {len(self.futures)}"
        self.futures[name] = (worker, work, items)
        worker.queue.append(name)
        return name

    def wait(self, futures, timeout_s):
        """Every worker does the first thing in its line; all that is lost is told at once."""
        done = []
        for future in futures:
            worker, _, items = self.futures[future]
            if worker.alive and worker.queue[0] == future:
                worker.alive = not self.kill(worker, items)
                done.append(future)
        return [one for one in futures if one in done or not self.futures[one][0].alive]

    def result(self, future):
        worker, work, _ = self.futures[future]
        if not worker.alive:
            raise WorkerLostError(f"{worker.node} is gone")
        worker.queue.remove(future)
        return work()

    def stop(self, workers):
        self.stopped += workers
        for worker in workers:
            worker.alive = False

    def lose(self, node):
        """A node goes away, with all its workers."""
        del self.fitting[node]
        for worker in self.workers:
            if worker.node == node:
                worker.alive = False

    def most_given(self):
        return Counter(item for _, items in self.given for item in items)
