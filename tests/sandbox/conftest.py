import pytest

from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.sandbox.levels import probe


@pytest.fixture(params=["A", "B", "C"])
def sandbox(request):
    """A confined sandbox of each level that is live here."""
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    made = ConfinedSandbox(request.param)
    yield made
    made.close()
