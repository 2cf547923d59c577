"""An AWS in the process, for the lab, for its tests and for practice."""

from embedded.aws import BEHAVIOURS, EmbeddedAWS, Settings

__all__ = ["BEHAVIOURS", "EmbeddedAWS", "Settings"]
