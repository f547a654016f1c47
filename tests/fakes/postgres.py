"""A real PostgreSQL of the tests' own: a fresh cluster on a Unix socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Yields a SQLAlchemy URL. PostgreSQL refuses to run as root, so root borrows the `postgres` user."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    cluster = Path(tempfile.mkdtemp(prefix="huishang-pg-", dir="/tmp"))  # Unix socket paths are short; pytest's are not
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    os.chown(cluster, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        with (folder / "postgres.log").open("ab") as log:
            subprocess.run(
                command,
                check=True,
                stdout=log,
                stderr=log,
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                cwd="/",
            )

    data = str(cluster / "data")
    options = f"-c listen_addresses='' -c unix_socket_directories={cluster} -c fsync=off"
    try:
        run(str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "huishang", "-E", "UTF8", "--locale=C")
        run(str(binaries / "pg_ctl"), "-D", data, "-w", "-o", options, "start")
        try:
            yield f"postgresql://huishang@/postgres?host={cluster}"
        finally:
            run(str(binaries / "pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(cluster, ignore_errors=True)
