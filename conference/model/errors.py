"""Every refusal: a stable code, a sentence in both languages, an HTTP status.

HuishangError
├── UserError       tell the person; the connection goes on
└── ProtocolError   tell, then end that connection
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str


class HuishangError(Exception):
    """A refusal. `str()` is for the log and may name details; `text` is for people and never does."""

    code: ClassVar[str]
    text: ClassVar[Text]
    status: ClassVar[int]
    retry_after_s: ClassVar[int | None] = None

    def __str__(self) -> str:
        detail = super().__str__()
        return f"{self.code}: {detail}" if detail else self.code


class UserError(HuishangError):
    """The request was not done; tell the person."""

    status = 400


class ProtocolError(HuishangError):
    """The peer breaks the rules; end that connection."""

    status = 400


# ---- rooms and people -----------------------------------------------------------------------------------------------


class RoomNotFound(UserError):
    code, status = "room-not-found", 404
    text = Text("没有这个会议室，请核对链接。", "There is no such room; please check the link.")


class RoomExists(UserError):
    code, status = "room-exists", 409
    text = Text("这个会议室编号已被使用。", "A room with this id already exists.")


class RoomFull(UserError):
    code, status, retry_after_s = "room-full", 503, 30
    text = Text("会议室人数已满，请稍后再试。", "The room is full; please try again later.")


class RoomClosed(UserError):
    code, status = "room-closed", 410
    text = Text("会议已结束。", "The meeting has ended.")


class NameInvalid(UserError):
    code, status = "name-invalid", 400
    text = Text("名称为空、过长或含有控制字符。", "The name is empty, too long or has control characters.")


class NotAllowed(UserError):
    code, status = "not-allowed", 403
    text = Text("您没有权限执行此操作。", "You are not allowed to do this.")


class ParticipantNotFound(UserError):
    code, status = "participant-not-found", 404
    text = Text("此人不在会议中。", "This person is not in the meeting.")


class ParticipantRemoved(UserError):
    code, status = "removed", 403
    text = Text("您已被移出会议。", "You have been removed from the meeting.")


class SeatReplaced(UserError):
    code, status = "seat-replaced", 409
    text = Text("您已在另一个页面加入会议。", "You joined the meeting from another page.")


class TrackNotFound(UserError):
    code, status = "track-not-found", 404
    text = Text("这一路音视频已不存在。", "This track no longer exists.")


class ResumeUnknown(UserError):
    code, status = "resume-unknown", 404
    text = Text("离线时间过长，请重新加入。", "You were away too long; please join again.")


class SessionNotFound(UserError):
    code, status = "session-not-found", 404
    text = Text("该推流或播放会话已结束。", "This session has ended.")


class EtagMismatch(UserError):
    code, status = "etag-mismatch", 412
    text = Text("会话已更新，请按新的标识重试。", "The session has changed; retry with its current ETag.")


class EtagMissing(UserError):
    code, status = "etag-missing", 428
    text = Text("请求缺少 If-Match。", "The request lacks If-Match.")


class ServerFull(UserError):
    code, status, retry_after_s = "server-full", 503, 5
    text = Text("服务器繁忙，请稍后再试。", "The server is at capacity; please try again shortly.")


# ---- tokens ---------------------------------------------------------------------------------------------------------


class TokenInvalid(UserError):
    code, status = "token-invalid", 401
    text = Text("邀请链接无效，请向主持人索取新链接。", "This invitation is not valid; ask the host for a new link.")


class TokenExpired(UserError):
    code, status = "token-expired", 401
    text = Text("邀请链接已过期，请向主持人索取新链接。", "This invitation has expired; ask the host for a new link.")


class TokenRevoked(UserError):
    code, status = "token-revoked", 403
    text = Text("邀请链接已被撤销。", "This invitation has been withdrawn.")


# ---- negotiation ----------------------------------------------------------------------------------------------------


class SdpRefused(UserError):
    code, status = "sdp-refused", 400
    text = Text("音视频协商内容有误，请刷新页面重试。", "The media description is not usable; please reload the page.")


class TooManySections(SdpRefused):
    code, status = "too-many-sections", 400
    text = Text("音视频路数超过上限。", "There are too many media sections.")


class CodecUnsupported(UserError):
    code, status = "codec-unsupported", 406
    text = Text("没有双方都支持的编码格式。", "There is no codec that both sides support.")


class MediaLost(UserError):
    code, status = "media-lost", 409
    text = Text("音视频连接已断开，正在重新建立。", "The media connection has ended; it is being made again.")


class TransportOff(UserError):
    code, status = "transport-off", 409
    text = Text("服务器未启用这种传输方式。", "This server does not offer this transport.")


class OfferUnexpected(UserError):
    code, status = "offer-unexpected", 409
    text = Text("协商步骤已过时，已忽略。", "This negotiation step is out of date and was ignored.")


# ---- the edge -------------------------------------------------------------------------------------------------------


class BodyTooLarge(UserError):
    code, status = "body-too-large", 413
    text = Text("请求内容过大。", "The request body is too large.")


class JsonTooDeep(ProtocolError):
    code, status = "json-too-deep", 400
    text = Text("请求内容嵌套过深。", "The request is nested too deeply.")


class MessageInvalid(ProtocolError):
    code, status = "message-invalid", 400
    text = Text("请求内容格式有误。", "The request is malformed.")


class UnknownMessage(UserError):  # a newer page may say more; the rest of what it says still counts
    code, status = "unknown-message", 400
    text = Text("不支持的消息类型。", "This kind of message is unknown.")


class TooManyMessages(ProtocolError):
    code, status, retry_after_s = "too-many-messages", 429, 5
    text = Text("消息过于频繁，连接已断开。", "Too many messages; the connection was closed.")


class VersionUnsupported(ProtocolError):
    code, status = "version-unsupported", 400
    text = Text("页面版本过旧，请刷新。", "This page is out of date; please reload it.")


class ServerStopping(ProtocolError):
    code, status, retry_after_s = "server-stopping", 503, 2
    text = Text("服务器正在重启，将自动重新连接。", "The server is restarting; you will be reconnected.")


class InternalError(ProtocolError):
    code, status = "internal-error", 500
    text = Text("服务器内部错误。", "An internal error occurred.")
