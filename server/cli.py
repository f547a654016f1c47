"""`huishang serve | token | doctor | recording`."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Final

import uvloop

from conference.model.errors import HuishangError
from config import Settings, SettingsError, load
from server.compose import FIRST_ROOM, run_server
from server.doctor import Level, examine, report
from server.invite import issue_invitation
from server.logs import start_logging
from server.recording_cli import add_recording_commands, run_recording_command
from signaling.auth import MAX_TTL_S

_OPEN_FILES: Final = 65_536


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code: 0 done, 1 a fault, 2 wrong words."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(options.config)
        if options.command == "serve":
            return _serve(settings)
        if options.command == "token":
            return asyncio.run(_token(settings, options))
        if options.command == "recording":
            return asyncio.run(run_recording_command(settings, options))
        return _doctor(settings, as_json=options.json)
    except SettingsError as error:
        print(f"设置有误 · settings refused: {error}", file=sys.stderr)
        return 2
    except HuishangError as error:
        print(f"{error.text.zh} · {error.text.en} ({error.code})", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="huishang", description="会商服务器 · the Huishang server")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--config", type=Path, help="设置文件（TOML） · settings file (TOML)")
        return made

    command("serve", "启动服务器 · run the server")
    token = command("token", "生成入会令牌 · print a join token and its link")
    token.add_argument("--room", default=FIRST_ROOM, help="会议室编号 · room id")
    token.add_argument("--role", choices=["host", "participant", "viewer"], default="participant")
    token.add_argument("--identity", help="身份；缺省为任何持链接者 · who it is for; default: whoever has it")
    token.add_argument("--name", default="", help="显示名 · display name")
    token.add_argument("--ttl", type=int, default=MAX_TTL_S, metavar="S", help=f"有效秒数 · seconds, ≤ {MAX_TTL_S}")
    token.add_argument("--json", action="store_true")
    doctor = command("doctor", "检查并给出解决办法 · names faults and their cures")
    doctor.add_argument("--json", action="store_true")
    add_recording_commands(commands)
    return parser


def _serve(settings: Settings) -> int:
    start_logging(settings.log.level)
    _allow_many_files()
    try:
        uvloop.run(run_server(settings))
    except OSError as error:
        # A port in use is the commonest fault of a start: say what the doctor would say.
        print(f"无法启动 · cannot start: {error}\n\n{report(examine(settings), as_json=False)}", file=sys.stderr)
        return 1
    return 0


def _allow_many_files() -> None:
    """A person takes a descriptor, a source five: the soft limit of many systems (1024) is for small programs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _token(settings: Settings, options: argparse.Namespace) -> int:
    if not 0 < options.ttl <= MAX_TTL_S:
        raise SettingsError(f"--ttl: 1..{MAX_TTL_S}")
    invitation = await issue_invitation(
        settings,
        room=options.room,
        role=options.role,
        identity=options.identity,
        name=options.name,
        ttl_s=options.ttl,
        now_s=time.time(),
    )
    if options.json:
        print(json.dumps({"token": invitation.token, "link": invitation.link, "expiresAt": invitation.expires_at_s}))
    else:
        print(f"{invitation.token}\n{invitation.link}")
    return 0


def _doctor(settings: Settings, *, as_json: bool) -> int:
    findings = examine(settings)
    print(report(findings, as_json=as_json))
    return 1 if any(finding.level is Level.FAULT for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
