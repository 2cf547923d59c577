"""STS: identities and sessions."""

from embedded.services.sts import federation, session_tags, sessions

BEHAVIOURS = (federation.BEHAVIOUR, session_tags.BEHAVIOUR, sessions.BEHAVIOUR)
