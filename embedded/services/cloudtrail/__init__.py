"""CloudTrail: the event history, and trails that deliver log files."""

from embedded.services.cloudtrail import event_selectors, lookup, trails

BEHAVIOURS = (event_selectors.BEHAVIOUR, lookup.BEHAVIOUR, trails.BEHAVIOUR)
