"""The events that CloudTrail records, and the store that keeps them."""

from embedded.audit import records

BEHAVIOURS = (records.BEHAVIOUR,)
