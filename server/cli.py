"""`huishang serve | token | doctor | recording`."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Final

from conference.model.errors import HuishangError
from config import SettingsError, load
from config.settings import MAX_JOIN_TTL_S
from server.arguments import parser
from server.logs import start_logging

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from config import Settings

_OPEN_FILES: Final = 65_536
_PORT_FAULTS: Final = frozenset({errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES})


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code: 0 done, 1 a fault, 2 wrong words."""
    options = parser().parse_args(arguments)
    try:
        settings = load(options.config)
        if options.command == "serve":
            return _serve(settings)
        if options.command == "token":
            return asyncio.run(_token(settings, options))
        if options.command == "recording":
            return _recording(settings, options)
        return _doctor(settings, as_json=options.json)
    except SettingsError as error:
        print(f"设置有误 · settings refused: {error}", file=sys.stderr)
        return 2
    except HuishangError as error:
        print(f"{error.text.zh} · {error.text.en} ({error.code})", file=sys.stderr)
        return 1


def _serve(settings: Settings) -> int:
    start_logging(settings.log.level)
    _allow_many_files()
    serve = _import_server()
    try:
        serve(settings)
    except OSError as error:
        return _cannot_start(settings, error)
    except ExceptionGroup as group:
        # A page port is taken when the parts below already run; each of their scopes has wrapped what went through it.
        only = _only_one(group)
        if not isinstance(only, OSError) or only.errno not in _PORT_FAULTS:
            raise
        return _cannot_start(settings, only)
    return 0


def _only_one(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _cannot_start(settings: Settings, error: OSError) -> int:
    """A port in use is the commonest fault of a start: says what the doctor would say."""
    from server.doctor import examine, report

    print(f"无法启动 · cannot start: {error}\n\n{report(examine(settings), as_json=False)}", file=sys.stderr)
    return 1


def _import_server() -> Callable[[Settings], None]:
    """Importing is most of a start, and makes some 10⁵ objects that stay: the collector, which would walk them again
    and again for next to no garbage, looks away, and never comes back to them."""
    gc.disable()
    try:
        import uvloop

        from server.compose import run_server
    finally:
        gc.freeze()
        gc.enable()
    return lambda settings: uvloop.run(run_server(settings))


def _allow_many_files() -> None:
    """A person takes a descriptor, a source five: the soft limit of many systems (1024) is for small programs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _token(settings: Settings, options: argparse.Namespace) -> int:
    from server.invite import FIRST_ROOM, issue_invitation

    if not 0 < options.ttl <= MAX_JOIN_TTL_S:
        raise SettingsError(f"--ttl: 1..{MAX_JOIN_TTL_S}")
    invitation = await issue_invitation(
        settings,
        room=FIRST_ROOM if options.room is None else options.room,
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


def _recording(settings: Settings, options: argparse.Namespace) -> int:
    from server.recording_cli import run_recording_command

    return asyncio.run(run_recording_command(settings, options))


def _doctor(settings: Settings, *, as_json: bool) -> int:
    from server.doctor import Level, examine, report

    findings = examine(settings)
    print(report(findings, as_json=as_json))
    return 1 if any(finding.level is Level.FAULT for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
