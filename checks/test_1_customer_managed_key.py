"""Objective 1: create an AWS KMS customer managed key to encrypt and decrypt data at rest."""

from fixtures.aws.evidence import BytesDigest
from fixtures.lab.advice import key_administrators, key_alias, key_kind, key_state, key_users
from fixtures.resources.key import OTHER_CONTEXT, PLAINTEXT
from fixtures.resources.objectives import Objective
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.CUSTOMER_MANAGED_KEY)


@points(provision=2, grade=2)
@hint("Create a symmetric key in KMS and give it the alias {alias}. Aliases are case-sensitive.")
@advice(key_alias)
def test_alias(key, names):
    """The key is found under its alias."""
    assert names.alias in key.aliases


@points(provision=1, grade=2)
@hint("Create the key yourself under 'Customer managed keys': the aws/... keys are AWS's own.")
def test_customer_managed(key):
    """The key is customer managed: you control it, not AWS."""
    assert key.manager == "CUSTOMER"


@points(provision=1, grade=2)
@hint("When you create the key, choose the key type Symmetric.")
@advice(key_kind)
def test_symmetric(key):
    """The key is symmetric."""
    assert key.spec == "SYMMETRIC_DEFAULT"


@points(provision=1, grade=1)
@hint("When you create the key, choose the key usage 'Encrypt and decrypt'.")
@advice(key_kind)
def test_encrypt_decrypt(key):
    """The key is for encrypting and decrypting."""
    assert key.usage == "ENCRYPT_DECRYPT"


@points(grade=2)
@hint("Cancel the key's deletion in KMS, Key actions, or create another key and give it the alias.")
@advice(key_state)
def test_usable_state(key):
    """The key is there to be used: it waits neither for its deletion nor for key material."""
    assert key.state in ("Enabled", "Disabled")


@points(provision=1)
@hint("Enable the key: KMS, Customer managed keys, Key actions, Enable.")
def test_enabled(key):
    """The key is enabled."""
    assert key.state == "Enabled"


@points(provision=1, grade=1)
@hint("Let KMS make the key material: key material origin 'KMS'.")
def test_origin(key):
    """KMS itself made the key material."""
    assert key.origin == "AWS_KMS"


@points(provision=1, grade=2)
@hint("Choose the role {role} under 'Key administrators'.")
@advice(key_administrators)
def test_administrators(key, lab):
    """The key administrators may manage the key: its policy names their role."""
    assert lab.principal in key.policy.managers


@points(provision=1, grade=2)
@hint("Choose the role {role} under 'Key users'.")
@advice(key_users)
def test_users(key, lab):
    """The key users may use the key: its policy names their role."""
    assert lab.principal in key.policy.users


@points(provision=1, grade=1)
@hint("Take everybody and other accounts out of the key policy.")
def test_open_to_nobody_else(key):
    """The key policy lets in nobody else: no other account, and not everybody."""
    assert key.policy.outsiders == []


@points(provision=1)
@hint("Look at the key's policy and state.")
def test_round_trip(key):
    """What is encrypted under the key comes back as it was."""
    assert key.encrypt().served
    assert key.decrypt().content == BytesDigest.of(PLAINTEXT)


@points(provision=1)
@hint("A data key must open under the key that made it, and under no other.")
def test_data_key(key, spare_key):
    """A data key opens only through the key that made it."""
    data_key = key.data_key()
    assert key.open(data_key.body["CiphertextBlob"]).content == data_key.content
    assert key.open(data_key.body["CiphertextBlob"], with_key=spare_key.key).code == "IncorrectKeyException"


@points(provision=1)
@hint("The encryption context is a part of the ciphertext: it must be the same to decrypt.")
def test_encryption_context(key):
    """In another encryption context the key opens nothing."""
    assert key.encrypt().served
    assert key.decrypt().served
    assert key.decrypt(context=OTHER_CONTEXT).code == "InvalidCiphertextException"


@points(provision=2)
@hint("Administrators manage; to use the key they must be key users, too.")
def test_administrators_alone(spare_key):
    """The administrators' statement alone gives no use of the key; as a key user the same role is served."""
    assert spare_key.by_user.served
    assert spare_key.by_administrator.code == "AccessDeniedException"
