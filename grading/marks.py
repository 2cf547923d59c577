"""The six objectives, and what a check says of itself: its objective, its points, its hint.

pytestmark = pytest.mark.objective(2)          # once in a file of checks

@points(provision=2, grade=3)                  # 0 leaves it out of that mode
@hint("Upload it again with SSE-KMS.")
def test_under_the_key(stored_object, key): ...
"""

from __future__ import annotations

import dataclasses

import pytest

MODES = ("provision", "grade")
TITLES = {
    1: ("customer-managed-key", "Create an AWS KMS customer managed key to encrypt and decrypt data at rest"),
    2: ("encrypted-object", "Store an encrypted object in an S3 bucket by using an encryption key"),
    3: ("public-and-signed-access", "Attempt public access and signed access to an encrypted S3 object"),
    4: ("key-usage-history", "Monitor encryption key usage by using the CloudTrail event history"),
    5: ("encrypted-root-volume", "Encrypt the root volume of an existing EC2 instance"),
    6: ("disable-and-re-enable", "Disable and re-enable an AWS KMS key and observe the effects on data access"),
}
MARKERS = (
    "objective(number): the objective that a check belongs to",
    "points(provision=0, grade=0): what a check is worth in a lab that was made, and in one that was found",
    "hint(text): what to do next where the check does not pass; {names} of the lab's resources are filled in",
    "live: a check; with '-m live' it asks the account that the AWS credential chain names",
)


def points(*, provision: int = 0, grade: int = 0) -> pytest.MarkDecorator:
    """What a check is worth in each mode; 0 where it does not apply."""
    return pytest.mark.points(provision=provision, grade=grade)


def hint(text: str) -> pytest.MarkDecorator:
    """What to do next where the check does not pass."""
    return pytest.mark.hint(text)


@dataclasses.dataclass(frozen=True)
class Terms:
    """What a check says of itself, read once from its marks; `subject` is whose account it is about, in a class."""

    id: str
    nodeid: str
    title: str
    objective: int
    points: dict[str, int]
    hint: str
    subject: str = ""

    @classmethod
    def of(cls, item: pytest.Item) -> Terms | None:
        """The terms of a check; `None` for a test that is none."""
        objective = item.get_closest_marker("objective")
        if objective is None:
            return None
        worth = item.get_closest_marker("points")
        told = item.get_closest_marker("hint")
        name = getattr(item, "originalname", None) or item.name
        doc = (getattr(item, "obj", None).__doc__ or name).strip().splitlines()[0]
        return cls(
            name.removeprefix("test_").replace("_", "-"),
            item.nodeid,
            doc,
            int(objective.args[0]),
            dict(worth.kwargs) if worth else {},
            str(told.args[0]) if told else "",
            str(getattr(getattr(item, "callspec", None), "params", {}).get("subject", "")),
        )

    def worth(self, mode: str) -> int:
        return self.points.get(mode, 0)
