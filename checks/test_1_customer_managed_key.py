"""Objective 1: create an AWS KMS customer managed key to encrypt and decrypt data at rest."""

from fixtures.aws.evidence import BytesDigest
from fixtures.lab.key_advice import (
    key_administrators,
    key_alias,
    key_kind,
    key_origin,
    key_state,
    key_users,
    nobody_else,
)
from fixtures.resources.key import OTHER_CONTEXT, PLAINTEXT
from fixtures.resources.objectives import Objective
from fixtures.resources.wording import in_words, principal_words
from grading.marks import advice, hint, objective, points

pytestmark = objective(Objective.CUSTOMER_MANAGED_KEY)


@points(provision=2, grade=2)
@hint("Create a symmetric key in KMS and give it the alias {alias}. Aliases are case-sensitive.")
@advice(key_alias)
def test_alias(key, names):
    """The key has the lab's alias."""
    assert names.alias in key.aliases, f"The key {key.without_alias(names.alias_name)}."


@points(provision=1, grade=2)
@hint("Create the key yourself under 'Customer managed keys': the aws/... keys are AWS's own.")
def test_customer_managed(key):
    """The key is customer managed: you control it, not AWS."""
    assert key.manager == "CUSTOMER", f"{key.name} is a key that AWS manages."


@points(provision=1, grade=2)
@hint("When you create the key, choose the key type Symmetric.")
@advice(key_kind)
def test_symmetric(key):
    """The key is symmetric."""
    assert key.spec == "SYMMETRIC_DEFAULT", f"{key.name} is not symmetric: its key spec is {key.spec}."


@points(provision=1, grade=1)
@hint("When you create the key, choose the key usage 'Encrypt and decrypt'.")
@advice(key_kind)
def test_encrypt_decrypt(key):
    """The key is for encrypting and decrypting."""
    assert key.usage == "ENCRYPT_DECRYPT", f"The key usage of {key.name} is {key.usage}."


@points(grade=2)
@hint("Cancel the key's deletion in KMS, Key actions, or create another key and give it the alias.")
@advice(key_state)
def test_usable_state(key):
    """The key is usable: it is not pending deletion or import."""
    assert key.state in ("Enabled", "Disabled"), f"{key.name} {key.state_words}."


@points(provision=1)
@hint("Enable the key: KMS, Customer managed keys, Key actions, Enable.")
def test_enabled(key):
    """The key is enabled."""
    assert key.state == "Enabled", f"{key.name} {key.state_words}."


@points(provision=1, grade=1)
@hint("Create a key with the key material origin KMS.")
@advice(key_origin)
def test_origin(key):
    """KMS created the key material."""
    assert key.origin == "AWS_KMS", f"The key material of {key.name} has the origin {key.origin}."


@points(provision=1, grade=2)
@hint("Choose the role {role} under 'Key administrators'.")
@advice(key_administrators)
def test_administrators(key, lab):
    """The key policy lets the key administrator manage the key."""
    who = principal_words(lab.principal)
    assert lab.principal in key.policy.managers, f"The key policy does not list {who} as a key administrator."


@points(provision=1, grade=2)
@hint("Choose the role {role} under 'Key users'.")
@advice(key_users)
def test_users(key, lab):
    """The key policy lets the key user use the key."""
    who = principal_words(lab.principal)
    assert lab.principal in key.policy.users, f"The key policy does not list {who} as a key user."


@points(provision=1, grade=1)
@hint("Remove everybody and other accounts from the key policy.")
@advice(nobody_else)
def test_open_to_nobody_else(key):
    """The key policy lets in no other account, and not everybody."""
    others = in_words(map(principal_words, key.policy.outsiders))
    assert not others, f"The key policy also lets in {others}."


@points(provision=1)
@hint("Check the key's policy and state.")
def test_round_trip(key):
    """The key decrypts what it encrypted."""
    encrypted = key.encrypt()
    assert encrypted.served, f"KMS answered Encrypt with {encrypted.words}."
    decrypted = key.decrypt()
    assert decrypted.content == BytesDigest.of(PLAINTEXT), (
        f"KMS answered Decrypt with {decrypted.words_of('plaintext')}."
    )


@points(provision=1)
@hint("KMS must decrypt a data key with the key that encrypted it, and with no other.")
def test_data_key(spare_key):
    """A data key is decrypted by the key that encrypted it, and by no other."""
    opened, other = spare_key.opened, spare_key.opened_with_other
    is_same = opened.content == spare_key.data_key.content
    assert is_same, f"KMS answered Decrypt with {opened.words_of('data key')}."
    assert other.code == "IncorrectKeyException", f"KMS answered Decrypt with another key with {other.words}."


@points(provision=1)
@hint("KMS must refuse to decrypt with another encryption context.")
def test_encryption_context(key):
    """The key decrypts nothing with another encryption context."""
    encrypted, decrypted, other = key.encrypt(), key.decrypt(), key.decrypt(context=OTHER_CONTEXT)
    assert encrypted.served, f"KMS answered Encrypt with {encrypted.words}."
    assert decrypted.served, f"KMS answered Decrypt with {decrypted.words}."
    assert other.code == "InvalidCiphertextException", f"With another encryption context KMS answered {other.words}."


@points(provision=2)
@hint("Administrators manage the key. To use it they must be key users, too.")
def test_administrators_alone(spare_key):
    """A key administrator cannot encrypt with the key, and a key user can."""
    user, administrator = spare_key.by_user.seen, spare_key.by_administrator
    assert user.served, f"KMS answered a key user with {user.words}."
    assert administrator.code == "AccessDeniedException", (
        f"KMS answered a key administrator with {administrator.words}."
    )
