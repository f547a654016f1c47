"""The object storage of recordings, when there is one: reached, and of use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from config import SettingsError
from recorder.storage import StorageAway, StorageError
from recorder.storage.probe import probe
from server.doctor.finding import Finding, fault, good, warning

if TYPE_CHECKING:
    from config.settings import S3Settings

_CODE = "object-storage"


def check_storage(settings: S3Settings) -> list[Finding]:
    """Nothing without a bucket. Leaves nothing in it."""
    if settings.bucket is None:
        return []
    try:
        versioned = asyncio.run(probe(settings))
    except SettingsError as error:
        return [
            fault(_CODE, ("对象存储的设置不可用", "the object storage's settings are of no use"), (str(error),) * 2)
        ]
    except StorageAway as error:
        return [
            fault(
                _CODE,
                (
                    f"连接不到对象存储（{error.code}），录像会暂存在本机",
                    f"the object storage is not reached ({error.code})",
                ),
                ("检查 recording.s3.endpoint 和网络", "check recording.s3.endpoint and the network"),
            )
        ]
    except StorageError as error:
        return [
            fault(
                _CODE,
                (f"对象存储拒绝读写（{error.code}）", f"the object storage refuses to be used ({error.code})"),
                (
                    "检查存储桶名称、密钥，以及密钥的列出、读、写、删除权限",
                    "check the bucket's name, the keys, and their rights to list, read, write and delete",
                ),
            )
        ]
    found = [good(_CODE, f"对象存储 {settings.bucket} 可读写", f"the bucket {settings.bucket} can be read and written")]
    if versioned:
        found.append(
            warning(
                "object-versions",
                (
                    "存储桶开启了版本控制，删除的录像仍留有旧版本",
                    "the bucket keeps versions: of deleted recordings too",
                ),
                ("为旧版本设置生命周期规则", "set a lifecycle rule that lets older versions expire"),
            )
        )
    return found
