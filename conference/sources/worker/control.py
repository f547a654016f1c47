"""The control socket of sources' children."""

from conference.children.worker import control
from conference.sources import words

Control = control.Control[words.ToChild, words.FromChild]
