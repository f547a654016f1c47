"""Why there is no film, or not all of it, in a sentence."""

from __future__ import annotations

from typing import Final

from conference.model.errors import Text
from conference.model.film import FilmReason

FILM_WORDS: Final[dict[FilmReason, Text]] = {
    FilmReason.INTERRUPTED: Text(
        "服务器重启，合成被中断，可以重新合成。", "The server was restarted meanwhile; ask for it again."
    ),
    FilmReason.DISK_FULL: Text(
        "磁盘空间不足，请清理后重新合成。", "The disk is full; make room, then ask for it again."
    ),
    FilmReason.DISK: Text("磁盘读写失败，请检查存储设备。", "The disk failed; please check the storage."),
    FilmReason.CRASHED: Text(
        "合成程序意外退出，请重试；若再次失败，请联系管理员。",
        "The composer ended unexpectedly; try again, and tell the administrator if it fails again.",
    ),
    FilmReason.STALLED: Text(
        "合成长时间没有进展，已停止；请在服务器空闲时重试。",
        "There was no progress for too long; try again when the server is less busy.",
    ),
    FilmReason.OVER_LIMIT: Text(
        "合成占用的内存或处理器超过上限，请降低分辨率或缩短时间范围。",
        "It took more memory or CPU than allowed; choose a smaller picture or a shorter range.",
    ),
    FilmReason.UNREADABLE: Text("录像文件无法读取。", "The recorded files cannot be read."),
    FilmReason.LAYOUT: Text("画面太多，该布局放不下。", "There are more pictures than this layout can hold."),
    FilmReason.TOO_LARGE: Text(
        "录像片段太多，请缩短时间范围。", "The recording has too many parts; choose a shorter range."
    ),
}
