"""Service Quotas: the quota that a lab can reach."""

from embedded.services.servicequotas import quotas

BEHAVIOURS = (quotas.BEHAVIOUR,)
