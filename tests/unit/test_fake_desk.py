"""The fake desk of the edge's tests takes the calls that the real one takes."""

import inspect
from collections.abc import Callable

import pytest

from conference.source_desk import SourceDesk
from tests.fakes.desk import FakeDesk

VERBS = {name for name, member in inspect.getmembers(SourceDesk, inspect.isfunction) if not name.startswith("_")}


def call(function: Callable[..., object]) -> tuple[list[str], bool]:
    """The names of its parameters, and whether it is to be awaited."""
    return list(inspect.signature(function).parameters), inspect.iscoroutinefunction(function)


@pytest.mark.parametrize("verb", sorted(VERBS - {"open", "run"}))
def test_a_verb_is_called_alike(verb: str) -> None:
    assert call(getattr(FakeDesk, verb)) == call(getattr(SourceDesk, verb))
