"""Work that moto does and nobody asks for, spared: known costs, no change of behaviour.

Importing EC2 reads botocore's endpoint list four times, each account's EC2 makes 1,301 machine images, each with a
snapshot and a volume, and every KMS key, symmetric ones too, gets an RSA key pair. `python -m bench` measures what
remains.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from embedded.core.behaviours import Behaviour

BEHAVIOUR = Behaviour("economy")
BEHAVIOUR.stands_on("moto.utilities.utils:load_resource", "resource")

SPECS_WITHOUT_KEY_PAIR = ("SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512")
OTHER_IMAGES = ("ubuntu/images/hvm-ssd/", "amzn2-ami-hvm-", "RHEL-", "suse-sles-12")


class _Offerings(Sequence[dict[str, Any]]):
    """A region's offerings of instance types, read when they are first asked for; moto reads all regions' at import."""

    def __init__(self, load: Callable[[str], list[dict[str, Any]]], path: str) -> None:
        self._load, self._path = load, path

    @functools.cached_property
    def _all(self) -> list[dict[str, Any]]:
        location = self._path.replace("\\", "/").split("/")[-2]
        return [{**offering, "LocationType": location} for offering in self._load(self._path)]

    def __len__(self) -> int:
        return 0 if _importing else len(self._all)

    def __getitem__(self, place: Any) -> Any:
        if _importing:
            raise IndexError(place)
        return self._all[place]


_importing = False


@contextmanager
def frugal_imports() -> Iterator[None]:
    """While moto is imported: one botocore loader for all its sessions, and no table read before it is wanted."""
    global _importing  # noqa: PLW0603  # imports are a process's, not a call's
    import botocore.session
    from botocore.loaders import create_loader

    utilities: Any = importlib.import_module("moto.utilities.utils")
    load, original = utilities.load_resource, botocore.session.create_loader

    @functools.wraps(load)
    def load_later(resource: str) -> Any:
        return _Offerings(load, resource) if "instance_type_offerings" in resource else load(resource)

    utilities.load_resource, botocore.session.create_loader = load_later, functools.cache(create_loader)
    _importing = True
    try:
        yield
    finally:
        _importing = False
        utilities.load_resource, botocore.session.create_loader = load, original


@functools.cache
def import_frugally(module: str) -> Any:
    """A module of moto, imported with `frugal_imports`."""
    with frugal_imports():
        return importlib.import_module(module)


@functools.cache
def offered_images(region: str) -> tuple[dict[str, Any], ...]:
    """The images that SSM's public parameters name, and a few of other makers; as moto describes them."""
    from moto.ec2.models import amis
    from moto.utilities.utils import load_resource

    try:
        latest: list[dict[str, Any]] = load_resource(f"ec2/resources/latest_amis/{region}.json")
    except FileNotFoundError:
        latest = []
    others = [image for image in amis.AMIS if str(image.get("name")).startswith(OTHER_IMAGES)]
    return tuple({**image, "owner_alias": "amazon", "creation_date": _date(image)} for image in [*latest, *others])


def _date(image: dict[str, Any]) -> datetime | None:
    from botocore.utils import parse_timestamp

    date = image.get("creation_date")
    return parse_timestamp(date).replace(tzinfo=None) if isinstance(date, str) else date


@BEHAVIOUR.patch("moto.ec2.models.amis:AmiBackend._load_amis", "self")
def _few_images(original: Callable[..., None], backend: Any) -> None:
    from moto.ec2.models.amis import Ami

    for image in offered_images(backend.region_name):
        backend.amis[image["ami_id"]] = Ami(backend, **image)


@BEHAVIOUR.patch("moto.kms.models:generate_private_key", "key_spec")
def _no_key_pair_for_symmetric_keys(original: Callable[[str], Any], key_spec: str) -> Any:
    return None if key_spec in SPECS_WITHOUT_KEY_PAIR else original(key_spec)
