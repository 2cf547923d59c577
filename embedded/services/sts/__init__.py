"""STS: identities and sessions."""

from embedded.services.sts import federation, sessions

BEHAVIOURS = (federation.BEHAVIOUR, sessions.BEHAVIOUR)
