"""What a start prints for the person in front of it: where to go, how to sign in, what to expect."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from conference.model.roles import Role
from server.invite import join_link, public_url

if TYPE_CHECKING:
    from conference.model.ids import RoomId
    from config import Settings
    from signaling.auth import TokenAuthority


async def announce(settings: Settings, authority: TokenAuthority, room: RoomId | None) -> None:
    """Prints to standard output. The links hold tokens, so this never goes through the log."""
    url, key_file = public_url(settings), settings.data / "secrets" / "admin.key"
    lines = ["", "  会商已启动 · Huishang is ready", ""]
    if room is not None:
        # Under systemd standard output is the journal, and a journal must not hold tokens.
        lines += _links(settings, authority, room) if "JOURNAL_STREAM" not in os.environ else [f"  {url}/", ""]
    lines += ["  管理 · administration", f"    {url}/", f"    密钥 · key: cat {key_file}", ""]
    if settings.http.tls and settings.http.tls_cert is None:
        lines += [
            "  自签名证书：浏览器首次会提示不受信任，选择“高级 → 继续前往”。",
            "  Self-signed certificate: the browser warns once, choose “Advanced → Proceed”.",
            "",
        ]
    print("\n".join(lines), flush=True)


def _links(settings: Settings, authority: TokenAuthority, room: RoomId) -> list[str]:
    lines = []
    for title, role in (("会议链接 · invitation", Role.PARTICIPANT), ("主持人链接 · host's link", Role.HOST)):
        token = authority.issue(
            room, role, identity=None, name="", ttl_s=settings.auth.join_ttl_s, now_s=time.time()
        ).token
        lines += [f"  {title}", f"    {join_link(settings, room, token)}", ""]
    hours = settings.auth.join_ttl_s // 3600
    return [*lines, f"  链接 {hours} 小时内有效 · links work for {hours} hours. Ctrl+C 停止 · stops.", ""]
