"""KMS: keys, their states, policies, aliases, grants and rotation, and their use by other services."""

from embedded.services.kms import (
    aliases,
    aws_managed_keys,
    data_key_pairs,
    grants,
    import_parameters,
    key_policies,
    key_states,
    keys,
    multi_region_keys,
    rotation,
)

BEHAVIOURS = (
    keys.BEHAVIOUR,
    aliases.BEHAVIOUR,
    aws_managed_keys.BEHAVIOUR,
    grants.BEHAVIOUR,
    key_policies.BEHAVIOUR,
    key_states.BEHAVIOUR,
    rotation.BEHAVIOUR,
    data_key_pairs.BEHAVIOUR,
    multi_region_keys.BEHAVIOUR,
    import_parameters.BEHAVIOUR,
)
