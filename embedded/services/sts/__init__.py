"""STS: identities and sessions."""

from embedded.services.sts import sessions

BEHAVIOURS = (sessions.BEHAVIOUR,)
