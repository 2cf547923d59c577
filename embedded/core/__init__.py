"""How the embedded AWS serves a request; nothing here belongs to one service."""

from embedded.core import dates

BEHAVIOURS = (dates.BEHAVIOUR,)
