"""Why something was not recorded, in a sentence."""

from __future__ import annotations

from typing import Final

from conference.model.errors import Text
from conference.model.recording import GapReason

GAP_WORDS: Final[dict[GapReason, Text]] = {
    GapReason.LOSS: Text("网络丢包，等待下一个完整画面。", "Packets were lost; waiting for the next whole picture."),
    GapReason.DAMAGED: Text("收到的数据已损坏。", "What arrived was damaged."),
    GapReason.SILENT: Text("对方没有发送数据。", "Nothing was sent."),
    GapReason.MUTED: Text("对方已静音或关闭画面。", "Muted by its sender."),
    GapReason.PAUSED: Text("对方暂停了发送。", "Paused by its sender."),
    GapReason.RECONNECT: Text("连接中断，正在重新连接。", "The connection was lost and made again."),
    GapReason.CODEC: Text("对方切换了编码格式。", "The sender changed to another codec."),
    GapReason.CLOCK: Text("对方设备的时钟发生跳变。", "The clock of the sending device jumped."),
    GapReason.DISK: Text("磁盘已满或无法写入。", "The disk was full or could not be written to."),
    GapReason.OVERLOAD: Text("录制负载过高，跟不上。", "The recorder was overloaded."),
    GapReason.CRASH: Text("录制程序意外中断后恢复。", "The recorder ended unexpectedly and was started again."),
    GapReason.VANISHED: Text("已写入的数据在磁盘上丢失。", "It was written, but the disk lost it."),
    GapReason.OTHER: Text("原因未知。", "For an unknown reason."),
}
