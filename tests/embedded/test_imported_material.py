"""Imported key material and time: material that expires, and tokens that are too old (KMS-98, KMS-101)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from tests.embedded.question import code
from tests.embedded.questions.kms_material import STAYS, imported, wrapped
from tests.embedded.world import EmbeddedWorld

DAY_SECONDS = 24 * 3600


def state(world: EmbeddedWorld, key: str) -> str:
    return str(world.kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def test_material_expires_at_its_date(worlds: Iterator[EmbeddedWorld]):
    """The key waits for an import from then on, and what it encrypted cannot be decrypted until there is one."""
    world = next(worlds)
    key = world.key(Origin="EXTERNAL")
    until = datetime.datetime.fromtimestamp(int(world.aws.now()) + 3600, datetime.UTC)
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), ValidTo=until)
    metadata = world.kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["ExpirationModel"], metadata["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", until)
    blob = world.kms.encrypt(KeyId=key, Plaintext=b"p")["CiphertextBlob"]
    world.advance_clock(3601)
    assert state(world, key) == "PendingImport"
    assert code(lambda: world.kms.decrypt(CiphertextBlob=blob)) == "KMSInvalidStateException 400"
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), **STAYS)
    assert world.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"p"
    world.close()


def test_a_date_can_be_taken_back(worlds: Iterator[EmbeddedWorld]):
    """The same material, imported again without a date, stays."""
    world = next(worlds)
    key = world.key(Origin="EXTERNAL")
    until = datetime.datetime.fromtimestamp(int(world.aws.now()) + 3600, datetime.UTC)
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), ValidTo=until)
    world.kms.import_key_material(**wrapped(world, key, b"m" * 32), **STAYS)
    world.advance_clock(3601)
    assert state(world, key) == "Enabled"
    world.close()


def test_a_token_is_valid_for_a_day(worlds: Iterator[EmbeddedWorld]):
    """After that new parameters are needed."""
    world = next(worlds)
    key = world.key(Origin="EXTERNAL")
    how = wrapped(world, key, b"m" * 32)
    world.advance_clock(DAY_SECONDS + 1)
    assert code(lambda: world.kms.import_key_material(**how, **STAYS)) == "ExpiredImportTokenException 400"
    world.close()


def test_material_that_is_pending_can_be_deleted(worlds: Iterator[EmbeddedWorld]):
    """It leaves the current material alone."""
    world = next(worlds)
    key = imported(world)
    new = {"ImportType": "NEW_KEY_MATERIAL", **STAYS}
    pending = world.kms.import_key_material(**wrapped(world, key, b"n" * 32), **new)["KeyMaterialId"]
    world.kms.delete_imported_key_material(KeyId=key, KeyMaterialId=pending)
    assert state(world, key) == "Enabled"
    assert code(lambda: world.kms.rotate_key_on_demand(KeyId=key)) == "KMSInvalidStateException 400"
    world.close()


def test_ten_rotations_on_demand_are_served(worlds: Iterator[EmbeddedWorld]):
    """The eleventh is refused (KMS-103)."""
    world = next(worlds)
    key = world.key()
    outcomes = [code(lambda: world.kms.rotate_key_on_demand(KeyId=key)) for _ in range(11)]
    assert outcomes == ["served"] * 10 + ["LimitExceededException 400"]
