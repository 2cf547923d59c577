"""IAM: policies, authorization by them, and the policy simulator."""

from embedded.services.iam import authorization, policies, simulation

BEHAVIOURS = (authorization.BEHAVIOUR, policies.BEHAVIOUR, simulation.BEHAVIOUR)
