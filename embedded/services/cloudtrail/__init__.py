"""CloudTrail: the event history, and trails that deliver log files."""

from embedded.services.cloudtrail import lookup, trails

BEHAVIOURS = (lookup.BEHAVIOUR, trails.BEHAVIOUR)
