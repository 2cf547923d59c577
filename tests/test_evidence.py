"""Evidence keeps what AWS answered, without what must not be kept, and chained."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from fixtures.evidence import Digest, Evidence, Question, link, redacted


def test_credentials_are_not_kept():
    """Neither as fields nor inside the text of an event."""
    event = json.dumps({"responseElements": {"credentials": {"sessionToken": "hidden", "accessKeyId": "ASIA"}}})
    kept = json.dumps(redacted({"Credentials": {"SecretAccessKey": "hidden"}, "CloudTrailEvent": event}))
    assert "hidden" not in kept
    assert "ASIA" in kept


@given(st.binary(min_size=8))
def test_bytes_are_kept_as_length_and_hash(content):
    """What an object or a plaintext key holds is not kept; that it is the same can be told."""
    kept = redacted({"Body": content})
    assert Digest(**kept["Body"]) == Digest.of(content)
    assert set(kept["Body"]) == {"length", "sha256"}


def test_ciphertext_is_kept():
    """It is no secret, and is needed to ask again."""
    assert redacted({"CiphertextBlob": b"sealed"}) == {"CiphertextBlob": "c2VhbGVk"}


def test_a_question_holds_no_bytes():
    """Not even those that may be kept in an answer."""
    asked = Question.of("kms", "Decrypt", {"CiphertextBlob": b"sealed"}, "")
    assert "c2VhbGVk" not in asked.params


def test_records_are_chained():
    """Each record names the hash of the one before, and its own."""
    evidence = Evidence()
    first, second = evidence.add({"a": 1}), evidence.add({"a": 2})
    assert second["previous"] == first["sha256"] == link(first)
    assert evidence.head == second["sha256"]


@given(st.dictionaries(st.text(), st.text() | st.integers()), st.text(min_size=1))
def test_a_changed_record_no_longer_fits_its_hash(fields, addition):
    """Whatever is changed in it."""
    record = Evidence().add(fields)
    assert link({**record, "id": record["id"] + addition}) != record["sha256"]


def test_the_file_has_its_name_only_when_it_is_complete(tmp_path):
    """Until then it is a part."""
    evidence = Evidence()
    evidence.keep(tmp_path)
    evidence.add({"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["answers.jsonl.part"]
    evidence.close()
    first, last = map(json.loads, (tmp_path / "answers.jsonl").read_text().splitlines())
    assert first["a"] == 1
    assert "closed" in last
