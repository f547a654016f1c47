"""Errors on their way out: which HTTP status, JSON body or close code each has; and those only the edge knows.

There are three kinds (`conference.model.errors`): `UserError` is told to the person, `ProtocolError` also ends the
connection, everything else is our bug: traceback to the log, `internal-error` to the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conference.model.errors import HuishangError, InternalError, ProtocolError, ServerStopping, Text, UserError

APPLICATION_CLOSE_BASE: Final = 4000
"""RFC 6455 section 7.4.2 leaves 4000-4999 to applications: ours is 4000 + the error's HTTP status."""
CLOSE_NORMAL: Final = 1000
CLOSE_GOING_AWAY: Final = 1001
CLOSE_INTERNAL_ERROR: Final = 1011


def close_code(error: HuishangError | None) -> int:
    """The WebSocket close code for `error`; None: an ordinary goodbye."""
    match error:
        case None:
            return CLOSE_NORMAL
        case ServerStopping():
            return CLOSE_GOING_AWAY
        case InternalError():
            return CLOSE_INTERNAL_ERROR
        case _:
            return APPLICATION_CLOSE_BASE + error.status


def body_of(error: HuishangError) -> dict[str, object]:
    """The JSON body of a refused request. `str(error)` stays in the log: it may name details."""
    return {"code": error.code, "text": {"zh": error.text.zh, "en": error.text.en}}


def log_line(error: HuishangError) -> str:
    """The error with its details for the log. They may be a peer's words: their line breaks make no lines of ours."""
    return str(error)[:300].encode("unicode_escape").decode()


def headers_of(error: HuishangError) -> dict[str, str]:
    """Headers that belong to the refusal: Retry-After (seconds), Content-Range for 416, WWW-Authenticate for 401
    (RFC 9110 sections 10.2.3, 14.4, 11.6.1)."""
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, RangeUnsatisfiable):
        headers["Content-Range"] = f"bytes */{error.size_bytes}"
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="huishang"'
    return headers


def all_errors() -> list[type[HuishangError]]:
    """Every error that can reach a peer, sorted by code."""
    return sorted(_leaves(HuishangError), key=lambda error: error.code)


def _leaves(base: type[HuishangError]) -> Iterator[type[HuishangError]]:
    for error in base.__subclasses__():
        if "code" in vars(error):
            yield error
        yield from _leaves(error)


# ---- HTTP -----------------------------------------------------------------------------------------------------------


class PathNotFound(UserError):
    code, status = "not-found", 404
    text = Text("没有这个地址。", "There is nothing at this address.")


class MethodNotAllowed(UserError):
    code, status = "method-not-allowed", 405
    text = Text("此地址不支持该请求方法。", "This address does not support that method.")


class NotAcceptable(UserError):
    code, status = "not-acceptable", 406
    text = Text("无法按要求的格式应答。", "The answer cannot be given in the format asked for.")


class MediaTypeUnsupported(UserError):
    code, status = "media-type-unsupported", 415
    text = Text("不支持这种内容格式。", "This content type or encoding is not supported.")


class BodyTimeout(UserError):
    code, status = "body-timeout", 408
    text = Text("请求内容发送过慢。", "The request body took too long to arrive.")


class TooManyRequests(UserError):
    code, status, retry_after_s = "too-many-requests", 429, 2
    text = Text("请求过于频繁，请稍后再试。", "Too many requests; please try again shortly.")


class AdminKeyInvalid(UserError):
    code, status = "admin-key-invalid", 401
    text = Text("管理密钥不正确。", "The administrator key is missing or wrong.")


class OriginRefused(UserError):
    code, status = "origin-refused", 403
    text = Text("不允许从该网站连接。", "Connections from that website are not allowed.")


class UpgradeRequired(UserError):
    code, status = "upgrade-required", 426
    text = Text("此地址只接受 WebSocket 连接。", "This address takes WebSocket connections only.")


class PageMissing(UserError):
    code, status = "page-missing", 503
    text = Text("网页尚未构建，请联系管理员。", "The web pages are not built; please tell the administrator.")


# ---- recordings -----------------------------------------------------------------------------------------------------


class RangeUnsatisfiable(UserError):
    """`size_bytes`: of what was asked for a part of."""

    code, status = "range-unsatisfiable", 416
    text = Text("请求的范围超出了文件。", "The range asked for lies outside the file.")

    def __init__(self, size_bytes: int = 0) -> None:
        super().__init__(f"of {size_bytes} bytes")
        self.size_bytes = size_bytes


class TicketInvalid(UserError):
    code, status = "ticket-invalid", 403
    text = Text(
        "播放链接无效或已过期，请重新打开录像。", "This link is not valid any more; please open the recording again."
    )


class FileChanged(UserError):
    code, status = "file-changed", 412
    text = Text("录像文件已更新，请重新打开。", "The file has changed; please open the recording again.")


class TooManyDownloads(UserError):
    code, status, retry_after_s = "too-many-downloads", 503, 5
    text = Text("正在播放或下载的人较多，请稍后再试。", "Too many downloads are running; please try again shortly.")


class RecordingsOff(UserError):
    code, status = "recordings-off", 503
    text = Text("本服务器未启用录像。", "This server does not record.")


# ---- WebSocket ------------------------------------------------------------------------------------------------------


class JoinFirst(ProtocolError):
    code, status = "join-first", 400
    text = Text("连接后须先加入会议。", "The first message must be a join.")


class JoinTimeout(ProtocolError):
    code, status = "join-timeout", 408
    text = Text("加入超时，请重试。", "The join did not come in time; please try again.")


class AlreadyJoined(UserError):
    code, status = "already-joined", 409
    text = Text("此连接已加入会议。", "This connection has joined already.")


class PeerSilent(ProtocolError):
    code, status = "silent", 408
    text = Text("连接长时间没有响应，已断开。", "Nothing was heard for too long; the connection was closed.")


class PeerTooSlow(ProtocolError):
    code, status = "too-slow", 503
    text = Text("网络过慢，正在重新连接。", "The connection could not keep up; reconnecting.")
