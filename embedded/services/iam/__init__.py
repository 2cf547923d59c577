"""IAM: policies, authorization by them, and the policy simulator."""

from embedded.services.iam import (
    authorization,
    callers,
    policies,
    response_forms,
    service_linked_roles,
    simulation,
)

BEHAVIOURS = (
    authorization.BEHAVIOUR,
    callers.BEHAVIOUR,
    policies.BEHAVIOUR,
    response_forms.BEHAVIOUR,
    service_linked_roles.BEHAVIOUR,
    simulation.BEHAVIOUR,
)
