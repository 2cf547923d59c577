"""IAM: policies, authorization by them, and the policy simulator."""

from embedded.services.iam import (
    authorization,
    boundaries,
    callers,
    limits,
    pages,
    policies,
    response_forms,
    role_passing,
    service_linked_roles,
    simulation,
)

BEHAVIOURS = (
    authorization.BEHAVIOUR,
    boundaries.BEHAVIOUR,
    callers.BEHAVIOUR,
    limits.BEHAVIOUR,
    pages.BEHAVIOUR,
    policies.BEHAVIOUR,
    response_forms.BEHAVIOUR,
    role_passing.BEHAVIOUR,
    service_linked_roles.BEHAVIOUR,
    simulation.BEHAVIOUR,
)
