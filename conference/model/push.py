"""Why a stream that is sent to an outside address does not arrive there."""

from collections.abc import Mapping
from typing import Final

from conference.model.errors import Text

PUSH_REASONS: Final[Mapping[str, Text]] = {
    "push-refused": Text(
        "对方拒绝推流，请检查地址和推流密钥。", "The far end refuses the stream; check its address and the stream key."
    ),
    "push-wrong-password": Text("SRT 口令不正确。", "The SRT passphrase is wrong."),
    "push-closed": Text("对方断开了连接，正在重试。", "The far end closed the connection; trying again."),
    "push-silent": Text("对方没有应答，正在重试。", "The far end does not answer; trying again."),
    "push-slow": Text("网络或对方太慢，正在重试。", "The line or the far end is too slow; trying again."),
    "push-protocol": Text("对方的应答不符合协议。", "The far end does not keep to the protocol."),
    "address-not-allowed": Text(
        "不允许推流到这个地址；请管理员在 [composed] 的 allow_networks 或 allow_addresses 中放行。",
        "Nothing may be pushed to this address; an administrator can allow it in [composed] allow_networks.",
    ),
    "name-unknown": Text("找不到这个主机名，请检查拼写。", "This host name is unknown; check its spelling."),
    "unreachable": Text("连接不上对方，正在重试。", "The far end cannot be reached; trying again."),
}
"""By the code that an output's `reason` is."""
