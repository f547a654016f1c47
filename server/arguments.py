"""The words of the command line. Imports nothing of the server: what a command needs is imported when it is run."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.settings import MAX_JOIN_TTL_S


def parser() -> argparse.ArgumentParser:
    """Of `huishang serve | token | doctor | recording`."""
    made = argparse.ArgumentParser(prog="huishang", description="会商服务器 · the Huishang server")
    commands = made.add_subparsers(dest="command", required=True)
    _command(commands, "serve", "启动服务器 · run the server")
    token = _command(commands, "token", "生成入会令牌 · print a join token and its link")
    token.add_argument("--room", help="会议室编号；缺省为首个会议室 · room id; default: the first room")
    token.add_argument("--role", choices=["host", "participant", "viewer"], default="participant")
    token.add_argument("--identity", help="身份；缺省为任何持链接者 · who it is for; default: whoever has it")
    token.add_argument("--name", default="", help="显示名 · display name")
    longest_s = MAX_JOIN_TTL_S
    token.add_argument("--ttl", type=int, default=longest_s, metavar="S", help=f"有效秒数 · seconds, ≤ {longest_s}")
    token.add_argument("--json", action="store_true")
    doctor = _command(commands, "doctor", "检查并给出解决办法 · names faults and their cures")
    doctor.add_argument("--json", action="store_true")
    _add_recording_commands(commands)
    return made


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text)
    made.add_argument("--config", type=Path, help="设置文件（TOML） · settings file (TOML)")
    return made


def _add_recording_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "录像的清单与校验 · recordings: list them, verify them"
    words = commands.add_parser("recording", help=text, description=text).add_subparsers(dest="words", required=True)
    listing = _command(words, "list", "列出录像，新的在前 · list recordings, newest first")
    listing.add_argument("--deleted", action="store_true", help="包括已删除的 · with those deleted")
    check = _command(words, "verify", "重读文件并核对校验值 · read the files again and compare their hashes")
    which = check.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help="录像编号 · id of a recording")
    which.add_argument("--all", action="store_true", help="全部录像 · every recording")
    for command in (listing, check):
        command.add_argument("--json", action="store_true")
