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


# ---- sources --------------------------------------------------------------------------------------------------------


class SourceNotFound(UserError):
    code, status = "source-not-found", 404
    text = Text("没有这个信源，请刷新列表。", "There is no such source; please refresh the list.")


class SourceKindWrong(UserError):
    code, status = "source-kind-wrong", 409
    text = Text(
        "这种信源不支持此操作，请核对它的类型。", "This kind of source does not allow that; please check its kind."
    )


class AddressInvalid(UserError):
    code, status = "address-invalid", 400
    text = Text(
        "地址格式有误，请按 rtsp://主机:端口/路径 填写。",
        "The address is malformed; please write it as rtsp://host:port/path.",
    )


class SchemeRefused(UserError):
    code, status = "scheme-refused", 400
    text = Text(
        "只支持 rtsp:// 地址；加密的 rtsps:// 请改用摄像机的 rtsp:// 地址。",
        "Only rtsp:// addresses are taken; instead of rtsps:// use the camera's rtsp:// address.",
    )


class AddressNotAllowed(UserError):
    code, status = "address-not-allowed", 403
    text = Text(
        "不允许连接这个地址；请管理员在 [sources] 的 allow_networks 或 allow_addresses 中放行。",
        "This address may not be dialled; an administrator can allow it in [sources] allow_networks, allow_addresses.",
    )


class NameUnknown(UserError):
    code, status = "name-unknown", 400
    text = Text(
        "找不到这个主机名，请检查拼写或改填 IP 地址。",
        "This host name is unknown; check its spelling or enter the IP address.",
    )


class Unreachable(UserError):
    """`cause`: refused or timed-out (values of conference.model.source.Cause)."""

    code, status = "unreachable", 502
    text = Text(
        "连接不上设备，请检查电源、网线、地址和端口。",
        "The device cannot be reached; check its power, cable, address and port.",
    )

    def __init__(self, detail: str = "", *, cause: str = "timed-out") -> None:
        super().__init__(detail or cause)
        self.cause = cause


class KeyInvalid(UserError):
    code, status = "key-invalid", 401
    text = Text(
        "推流密钥无效，请从信源页面重新复制。", "The stream key is not valid; copy it again from the source's page."
    )


class KeyExpired(UserError):
    code, status = "key-expired", 401
    text = Text(
        "推流密钥已过期或已停用，请在信源页面换一个新密钥。",
        "The stream key has expired or was revoked; make a new one on the source's page.",
    )


class SourceBusy(UserError):
    code, status = "source-busy", 409
    text = Text(
        "已有设备正在用这个密钥推流；请先停止它，或换一个新密钥。",
        "Another device is already publishing with this key; stop it first or make a new key.",
    )


class SourceDisabled(UserError):
    code, status = "source-disabled", 409
    text = Text("这个信源已停用，请先启用它。", "This source is switched off; please switch it on first.")


class TooManySources(UserError):
    code, status = "too-many-sources", 409
    text = Text(
        "信源数量已达上限；请删除不用的，或调高 [sources] max_sources。",
        "The limit of sources is reached; delete unused ones or raise [sources] max_sources.",
    )


class NoThumbnail(UserError):
    code, status = "no-thumbnail", 404
    text = Text(
        "还没有画面可供预览，请在信源连上后再试。", "There is no picture yet; try again once the source is connected."
    )


class ChildUnavailable(UserError):
    code, status, retry_after_s = "child-unavailable", 503, 5
    text = Text("接入服务正在启动，请稍后再试。", "The ingest service is starting; please try again shortly.")


# ---- recordings -----------------------------------------------------------------------------------------------------


class RecordingNotFound(UserError):
    code, status = "recording-not-found", 404
    text = Text("没有这个录像，请刷新列表。", "There is no such recording; please refresh the list.")


class SegmentNotFound(UserError):
    code, status = "segment-not-found", 404
    text = Text("这一段录像不存在或已不可读。", "This part of the recording does not exist or cannot be read.")


class StorageUnavailable(UserError):
    code, status, retry_after_s = "storage-unavailable", 503, 30
    text = Text(
        "录像保存在对象存储中，暂时无法读取，请稍后再试。",
        "This recording is in the object storage, which cannot be reached now; please try again later.",
    )


class RecorderUnavailable(UserError):
    code, status, retry_after_s = "recorder-unavailable", 503, 10
    text = Text(
        "暂时不能录制：请检查磁盘空间和录制设置。", "Recording is not possible now; check the disk and the settings."
    )


class RecordingDiskFull(UserError):
    code, status, retry_after_s = "recording-disk-full", 507, 10
    text = Text(
        "录像磁盘已满，不能开始录制；请清理空间后再试。",
        "The disk for recordings is full; free some space, then start again.",
    )


class RoomEmpty(UserError):
    code, status = "room-empty", 409
    text = Text("会议室里没有人，无可录制。", "Nobody is in the room; there is nothing to record.")


class RecordingRunning(UserError):
    code, status = "recording-running", 409
    text = Text("录像仍在进行，请先停止录制。", "This recording is still running; please stop it first.")


class RecordingFinished(UserError):
    code, status = "recording-finished", 409
    text = Text("录像已经结束，不能继续；请重新开始录制。", "This recording has ended; please start a new one.")


class RecordingHeld(UserError):
    code, status = "recording-held", 409
    text = Text(
        "该录像已被依法保全，不能删除；请先解除保全。",
        "This recording is under legal hold and cannot be deleted; release the hold first.",
    )


class RecordingDeleted(UserError):
    code, status = "recording-deleted", 410
    text = Text("该录像已被删除。", "This recording has been deleted.")


class FilmNotFound(UserError):
    code, status = "film-not-found", 404
    text = Text("没有这部合成影片，请刷新列表。", "There is no such composed film; please refresh the list.")


class FilmQueueFull(UserError):
    code, status, retry_after_s = "film-queue-full", 503, 60
    text = Text(
        "排队等待合成的影片太多，请稍后再试。", "Too many films are waiting to be made; please try again later."
    )


class TooManyFilms(UserError):
    code, status = "too-many-films", 409
    text = Text(
        "这个录像的合成影片已达上限，请先删除不需要的。",
        "This recording has as many films as it may have; please delete some first.",
    )


class RecordingEmpty(UserError):
    code, status = "recording-empty", 409
    text = Text(
        "这段时间内没有录到任何画面或声音，无法合成影片。",
        "Nothing was recorded in this time; there is nothing to make a film of.",
    )


# ---- composed streams -----------------------------------------------------------------------------------------------


class ComposedNotFound(UserError):
    code, status = "composed-not-found", 404
    text = Text("没有这路合成画面，或已停止。", "There is no such composed stream, or it has ended.")


class ComposedUnavailable(UserError):
    code, status, retry_after_s = "composed-unavailable", 503, 10
    text = Text("暂时不能合成画面，请稍后再试。", "Composing is not possible now; please try again later.")


class TooManyComposed(UserError):
    code, status = "too-many-composed", 409
    text = Text(
        "合成画面的路数已达上限；请先停止不用的，或调高 [composed] max_streams。",
        "The limit of composed streams is reached; stop one or raise [composed] max_streams.",
    )


class OutputNotFound(UserError):
    code, status = "output-not-found", 404
    text = Text("这路合成画面没有这个输出。", "This composed stream has no such output.")


class OutputRefused(UserError):
    code, status = "output-refused", 400
    text = Text("不能增加这个输出，请核对类型和地址。", "This output cannot be added; check its kind and address.")


class TooManyOutputs(UserError):
    code, status = "too-many-outputs", 409
    text = Text("这路合成画面的输出已达上限。", "This composed stream has as many outputs as it may have.")


class HlsNotReady(UserError):
    code, status, retry_after_s = "hls-not-ready", 503, 1
    text = Text("直播流正在启动，请稍候。", "The stream is starting; please wait a moment.")


# ---- walls ----------------------------------------------------------------------------------------------------------


class WallNotFound(UserError):
    code, status = "wall-not-found", 404
    text = Text("没有这块大屏，或已解除配对。", "There is no such wall, or it is not paired any more.")


class WallChanged(UserError):
    code, status = "wall-changed", 409
    text = Text(
        "大屏刚刚被他人改动，已显示最新内容，请确认后再操作。",
        "Somebody else has just changed this wall; look at what it shows now and try again.",
    )


class WallTaken(UserError):
    code, status = "wall-taken", 409
    text = Text("大屏正由他人接管，请先接管再操作。", "Somebody else has taken over this wall; take it over first.")


class WallRevoked(UserError):
    code, status = "wall-revoked", 403
    text = Text("本大屏已解除配对，请重新配对。", "This display is not paired any more; please pair it again.")


class WallMoved(UserError):
    code, status, retry_after_s = "wall-moved", 409, 1
    text = Text("本大屏已改为显示另一会议室。", "This display shows another room now.")


class PaneUnknown(UserError):
    code, status = "pane-unknown", 404
    text = Text("没有这个窗格。", "There is no such pane.")


class ContentRefused(UserError):
    code, status = "content-refused", 400
    text = Text(
        "不能这样布置：请核对布局、轮巡组和网页地址（须在允许列表内）。",
        "This cannot be shown: check the layout, the groups and that the web page is on the allow-list.",
    )


class NothingToUndo(UserError):
    code, status = "nothing-to-undo", 409
    text = Text("没有可以撤销的操作。", "There is nothing to undo.")


class TooManyWalls(UserError):
    code, status = "too-many-walls", 409
    text = Text("本会议室的大屏数已达上限。", "This room has as many walls as it may have.")


class PairingNotFound(UserError):
    code, status = "pairing-not-found", 404
    text = Text("配对码不正确或已过期，请核对屏幕上的数字。", "Wrong or expired code; check the digits on the display.")


class TooManyPairings(UserError):
    code, status, retry_after_s = "too-many-pairings", 503, 30
    text = Text(
        "等待配对的屏幕过多，请稍后再试。", "Too many displays are waiting to be paired; please try again shortly."
    )


class SceneNotFound(UserError):
    code, status = "scene-not-found", 404
    text = Text("没有这个预案。", "There is no such scene.")


class SceneChanged(UserError):
    code, status = "scene-changed", 409
    text = Text("预案刚刚被他人保存，请刷新后再改。", "Somebody else has saved this scene; reload it and try again.")


class TooManyScenes(UserError):
    code, status = "too-many-scenes", 409
    text = Text("本会议室的预案数已达上限。", "This room has as many scenes as it may have.")


class AlarmNotFound(UserError):
    code, status = "alarm-not-found", 404
    text = Text("没有这条告警，或已解除。", "There is no such alarm, or it has been cleared.")


class TooManyAlarms(UserError):
    code, status = "too-many-alarms", 409
    text = Text("未解除的告警过多，请先解除一些。", "Too many alarms are active; clear some of them first.")


class WallsOff(UserError):
    code, status = "walls-off", 503
    text = Text("本服务器未启用大屏。", "This server drives no walls.")


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
