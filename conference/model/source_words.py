"""What a state of a source means, in plain words with the way out. Pages have the same in their own dictionaries; these
are for answers of the REST interface, for scripts and for other systems.
"""

from collections.abc import Sequence
from typing import Final

from conference.model.errors import Text
from conference.model.source import Cause, SourceKind, SourceState, Transcoding

_STATES: Final = {
    SourceState.DISABLED: Text("已停用：启用后才会连接。", "Switched off: it connects once it is switched on."),
    SourceState.STANDBY: Text(
        "待机：有人观看时自动连接。", "Standing by: it connects by itself as soon as somebody looks."
    ),
    SourceState.WAITING: Text(
        "等待推流：请把推流地址和密钥填入设备。",
        "Waiting: enter the address and key shown here into the device that publishes.",
    ),
    SourceState.CONNECTING: Text("正在连接，请稍候。", "Connecting; one moment."),
    SourceState.LIVE: Text("正常。", "Live."),
    SourceState.LOW_RATE: Text(
        "帧率偏低：画面到得比平时少，请检查网络和设备负载。",
        "Low frame rate: fewer pictures arrive than usual; check the network and the load of the device.",
    ),
    SourceState.FROZEN: Text(
        "画面静止：仍有数据，但内容没有变化，请查看设备或镜头。",
        "Frozen: data still arrives but the picture does not change; look at the device or its lens.",
    ),
    SourceState.OFFLINE: Text(
        "已离线：会自动重连，请检查设备电源和网络。",
        "Offline: it reconnects by itself; check the power and network of the device.",
    ),
    SourceState.WRONG_PASSWORD: Text(
        "密码错误：摄像机拒绝了用户名或密码，请核对后保存。",
        "Wrong password: the camera refused the user name or password; correct them and save.",
    ),
    SourceState.UNREACHABLE: Text(
        "连接不上：请检查设备电源、网线、地址和端口。",
        "Unreachable: check the power, cable, address and port of the device.",
    ),
    SourceState.UNSUPPORTED: Text(
        "格式不支持：请在设备上把视频编码改为 H.264。",
        "Not supported: set the device's video coding to H.264.",
    ),
    SourceState.QUARANTINED: Text(
        "已隔离：它发来的内容多次使读取程序出错，请检查设备后点“重启”。",
        "Quarantined: what it sends broke its reader several times; check the device, then restart the source.",
    ),
}
_CAUSES: Final = {
    Cause.PUBLISHER_LEFT: Text(
        "已离线：推流端停止了推流，重新推流即可恢复。",
        "Offline: the publisher stopped; it comes back when it publishes again.",
    ),
    Cause.NO_MEDIA: Text(
        "已离线：连接还在但没有音视频到达，请检查设备和网络。",
        "Offline: it is connected but no sound or picture arrives; check the device and the network.",
    ),
    Cause.CAMERA_CLOSED: Text(
        "已离线：摄像机断开了连接，正在自动重连。",
        "Offline: the camera closed the connection; reconnecting by itself.",
    ),
    Cause.CRASHED: Text(
        "已离线：读取程序出错，正在自动重启；其他画面不受影响。",
        "Offline: its reader failed and is being restarted; other pictures are not affected.",
    ),
    Cause.STALLED: Text(
        "已离线：读取程序没有响应，正在自动重启；其他画面不受影响。",
        "Offline: its reader stopped responding and is being restarted; other pictures are not affected.",
    ),
    Cause.OVER_LIMIT: Text(
        "已离线：它占用的内存或处理器超过上限，请降低设备的分辨率或帧率。",
        "Offline: it took more memory or processor time than allowed; lower the device's resolution or frame rate.",
    ),
    Cause.KEY_REVOKED: Text(
        "推流密钥已停用：请换一个新密钥并填入设备。",
        "The stream key was revoked: make a new one and enter it into the device.",
    ),
    Cause.KEY_EXPIRED: Text(
        "推流密钥已过期：请换一个新密钥并填入设备。",
        "The stream key has expired: make a new one and enter it into the device.",
    ),
    Cause.NAME_UNKNOWN: Text(
        "连接不上：找不到这个主机名，请检查拼写或改填 IP 地址。",
        "Unreachable: the host name is unknown; check its spelling or enter the IP address.",
    ),
    Cause.REFUSED: Text(
        "连接不上：设备拒绝了连接，请核对端口，并确认它开启了 RTSP。",
        "Unreachable: the device refused the connection; check the port and that RTSP is switched on.",
    ),
    Cause.TIMED_OUT: Text(
        "连接不上：设备没有应答，请检查电源、网线和地址。",
        "Unreachable: the device does not answer; check its power, cable and address.",
    ),
    Cause.ADDRESS_NOT_ALLOWED: Text(
        "地址未放行：请管理员在 [sources] 的 allow_networks 或 allow_addresses 中加入它。",
        "The address may not be dialled: an administrator can add it to [sources] allow_networks or allow_addresses.",
    ),
    Cause.NOT_FOUND: Text(
        "设备上没有这个路径：请核对地址中主机名之后的部分。",
        "The device has nothing at this path: check the part of the address after the host.",
    ),
    Cause.REDIRECTED: Text(
        "设备要求转到另一台主机，出于安全没有跟随：请直接填写那台主机的地址。",
        "The device points to another host, which is not followed for safety: enter that host's address itself.",
    ),
    Cause.PROTOCOL: Text(
        "设备的应答不合规范：请重启设备，或更换传输方式（TCP、UDP）。",
        "The device does not speak the protocol correctly: restart it or change the transport (TCP, UDP).",
    ),
    Cause.VIDEO_CODEC: Text(
        "视频编码不支持：请在设备上改为 H.264 或 H.265。",
        "The video coding is not supported: set the device to H.264 or H.265.",
    ),
    Cause.NO_TRACKS: Text(
        "没有可用的画面或声音：请在设备上启用视频流。",
        "There is no usable picture or sound: switch on the video stream of the device.",
    ),
    Cause.SERVER_FULL: Text(
        "服务器资源已满：请停用不需要的信源，或稍后再试。",
        "The server is at capacity: switch off sources that are not needed, or try again later.",
    ),
}
_QUARANTINED: Final = {
    Cause.CRASHED: _STATES[SourceState.QUARANTINED],
    Cause.STALLED: Text(
        "已隔离：读取它的程序多次失去响应，请检查设备后点“重启”。",
        "Quarantined: its reader stopped responding several times; check the device, then restart the source.",
    ),
    Cause.OVER_LIMIT: Text(
        "已隔离：它多次占用过多内存或处理器，请降低设备的分辨率或帧率，再点“重启”。",
        "Quarantined: it took too much memory or processor time several times; lower the device's resolution or frame "
        "rate, then restart the source.",
    ),
}
_UNREACHABLE: Final = {
    Cause.CAMERA_CLOSED: Text(
        "连接不上：摄像机断开了连接，请重启摄像机，或更换传输方式（TCP、UDP）。",
        "Unreachable: the camera closed the connection; restart it or change the transport (TCP, UDP).",
    ),
    Cause.NO_MEDIA: Text(
        "连上了但没有音视频到达：请更换传输方式（TCP、UDP），并检查防火墙。",
        "It answers but no sound or picture arrives: change the transport (TCP, UDP) and check the firewall.",
    ),
    Cause.CRASHED: Text(
        "无法读取：它发来的内容使读取程序出错，请重启设备后再试。",
        "It cannot be read: what it sends broke the reader; restart the device and try again.",
    ),
    Cause.STALLED: Text(
        "无法读取：读取程序没有响应，请稍后再试。",
        "It cannot be read: the reader stopped responding; try again in a moment.",
    ),
    Cause.OVER_LIMIT: Text(
        "无法读取：它占用的内存或处理器超过上限，请降低设备的分辨率或帧率。",
        "It cannot be read: it took too much memory or processor time; lower the device's resolution or frame rate.",
    ),
}
"""Of a connection that never came to anything: nothing was online before, and nobody reconnects."""
_WRONG_KEY: Final = Text(
    "密码错误：设备使用的密钥（passphrase）不对，请重新复制并填入设备。",
    "Wrong password: the passphrase of the device is not this source's key; copy the key into the device again.",
)
_EXPLAINED: Final = frozenset(
    {SourceState.WAITING, SourceState.OFFLINE, SourceState.UNREACHABLE, SourceState.UNSUPPORTED}
)
"""States whose cause says more than they do."""
_TRANSCODING: Final = {
    Transcoding.B_FRAMES: Text("视频含 B 帧", "its video has B-frames"),
    Transcoding.H265: Text("视频是 H.265", "its video is H.265"),
    Transcoding.VIDEO_CODEC: Text("浏览器不能播放它的视频编码", "browsers cannot play its video coding"),
    Transcoding.AUDIO_CODEC: Text("浏览器不能播放它的音频编码", "browsers cannot play its sound coding"),
    Transcoding.VIEWER: Text("有观看者的浏览器不支持 H.264", "the browser of a viewer lacks H.264"),
}


def words(state: SourceState, cause: Cause | None, *, kind: SourceKind = SourceKind.RTSP) -> Text:
    """One sentence: what is, and what to do about it."""
    if state is SourceState.WRONG_PASSWORD and kind.pushes:
        return _WRONG_KEY
    if state is SourceState.QUARANTINED and cause in _QUARANTINED:
        return _QUARANTINED[cause]
    if state is SourceState.UNREACHABLE and cause in _UNREACHABLE:
        return _UNREACHABLE[cause]
    if state in _EXPLAINED and cause is not None:
        return _CAUSES[cause]
    return _STATES[state]


def transcoding_words(reasons: Sequence[Transcoding]) -> Text | None:
    """Why the server re-encodes; None when it does not."""
    if not reasons:
        return None
    zh = "、".join(_TRANSCODING[reason].zh for reason in reasons)
    en = ", ".join(_TRANSCODING[reason].en for reason in reasons)
    return Text(f"转码中：{zh}。", f"Transcoding: {en}.")
