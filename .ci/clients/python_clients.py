"""s3fs, minio and Apache Libcloud through what they do, in front of a practice account (`serve.py`)."""

from __future__ import annotations

import io
import os
from urllib.parse import urlsplit
from urllib.request import urlopen

import libcloud
import minio
import s3fs
from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider
from minio.deleteobjects import DeleteObject

ENDPOINT, BUCKET = os.environ["AWS_ENDPOINT_URL"], os.environ["BUCKET"]
KEY, SECRET, TOKEN = (os.environ[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
REGION, HOST = os.environ["AWS_DEFAULT_REGION"], urlsplit(ENDPOINT)
PART, BIG = 5 * 1024**2, b"0123456789abcdef" * 700_000


def drive_s3fs() -> None:
    """Names with spaces and plus signs, parts, copies, moves, lists and deletions."""
    files = s3fs.S3FileSystem(key=KEY, secret=SECRET, token=TOKEN, endpoint_url=ENDPOINT)
    name = f"{BUCKET}/a folder/ä+b.txt"
    with files.open(name, "wb") as file:
        file.write(b"hello")
    assert files.cat(name) == b"hello"
    assert files.info(name)["size"] == 5
    with files.open(f"{BUCKET}/big", "wb", block_size=PART) as file:
        file.write(BIG)
    files.copy(f"{BUCKET}/big", f"{BUCKET}/copied")
    files.mv(f"{BUCKET}/copied", f"{BUCKET}/moved")
    assert files.cat(f"{BUCKET}/moved") == BIG
    assert sorted(files.find(BUCKET)) == [name, f"{BUCKET}/big", f"{BUCKET}/moved"]
    files.rm(BUCKET + "/a folder", recursive=True)
    files.rm([f"{BUCKET}/big", f"{BUCKET}/moved"])
    files.invalidate_cache()
    assert files.find(BUCKET) == []


def drive_minio() -> None:
    """Objects, parts, a presigned URL, settings, and the deletion of many."""
    client = minio.Minio(
        HOST.netloc,
        access_key=KEY,
        secret_key=SECRET,
        session_token=TOKEN,
        secure=HOST.scheme == "https",
        region=REGION,
    )
    assert [each.name for each in client.list_buckets()] == [BUCKET]
    client.put_object(BUCKET, "m/small", io.BytesIO(b"small"), 5)
    client.put_object(BUCKET, "m/big", io.BytesIO(BIG), len(BIG), part_size=PART)
    assert [each.object_name for each in client.list_objects(BUCKET, recursive=True)] == ["m/big", "m/small"]
    assert client.stat_object(BUCKET, "m/big").size == len(BIG)
    with urlopen(client.presigned_get_object(BUCKET, "m/small")) as answer:  # noqa: S310  # a link of our own server
        assert answer.read() == b"small"
    assert client.get_bucket_encryption(BUCKET).rule.sse_algorithm == "AES256"
    assert list(client.remove_objects(BUCKET, [DeleteObject("m/small"), DeleteObject("m/big")])) == []


def drive_libcloud() -> None:
    """Instances, volumes and their tags, which it numbers from 0."""
    driver = get_driver(Provider.EC2)(
        KEY, SECRET, token=TOKEN, region=REGION, host=HOST.hostname, port=HOST.port, secure=HOST.scheme == "https"
    )
    (node,) = driver.list_nodes()
    assert node.name == "LabInstance"
    volume = driver.create_volume(1, "of libcloud", location=driver.list_locations()[0])
    assert {each.name for each in driver.list_volumes()} >= {"of libcloud"}
    assert driver.stop_node(node)
    snapshot = driver.create_volume_snapshot(volume, "of libcloud")
    assert snapshot.id.startswith("snap-")


for drive, module in ((drive_s3fs, s3fs), (drive_minio, minio), (drive_libcloud, libcloud)):
    drive()
    print(f"{module.__name__} {module.__version__}: served")
