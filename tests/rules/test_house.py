"""House rules that a machine can keep: import order, generated files, languages, no leaks of the workshop."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conference.model import errors
from conference.model.errors import HuishangError
from tests.rules.test_sizes import ROOT, sources

TYPE_ALIASES = ("Codec", "IceState", "Kind", "LayerReason")
ONLY_IN = {
    "aiortc": ["conference/media/peer.py"],
    "pylibsrtp": [],
    "sqlalchemy": ["conference/store/"],
    "aiohttp": ["signaling/", "server/"],
    # What children run; doctor asks it in a process of its own.
    "av": [
        "conference/sources/worker/",
        "recorder/composed/worker/",
        "recorder/film/",
        "recorder/worker/",
        "server/doctor/machine.py",
    ],
    "cv2": ["recorder/film/"],
}


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_stays_in_its_room(library: str) -> None:
    pattern = re.compile(rf"^\s*(?:from|import)\s+{library}\b", re.MULTILINE)
    rooms = ("config/", "conference/", "signaling/", "recorder/", "server/")
    used = [
        name
        for file in sources()
        if (name := str(file.relative_to(ROOT))).startswith(rooms)
        and file.suffix == ".py"
        and pattern.search(file.read_text(encoding="utf-8"))
    ]
    assert [name for name in used if not name.startswith(tuple(ONLY_IN[library]) or "-")] == []


def test_generated_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "signaling.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def all_errors(kind: type[HuishangError] = HuishangError) -> list[type[HuishangError]]:
    return [error for sub in kind.__subclasses__() for error in (sub, *all_errors(sub))]


def test_every_refusal_has_a_code_and_both_languages() -> None:
    import signaling.errors  # noqa: F401 - its subclasses count too

    leaves = [error for error in all_errors() if not error.__subclasses__() and hasattr(error, "code")]
    assert len(leaves) >= 20
    codes = [error.code for error in leaves]
    assert sorted(codes) == sorted(set(codes))
    for error in leaves:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
        assert re.search(r"[一-鿿]", error.text.zh)
        assert re.search(r"[A-Za-z]", error.text.en)
        assert not re.search(r"[一-鿿]", error.text.en)
        assert 400 <= error.status <= 599
    assert errors.RoomNotFound in leaves


def test_the_stub_is_the_extension(tmp_path: Path) -> None:
    """`_relay.pyi` says what the Rust extension really has."""
    aliases = tmp_path / "aliases"
    # Names for literal types exist for the type checker only.
    aliases.write_text("".join(f"conference.media._relay.{name}\n" for name in TYPE_ALIASES), encoding="utf-8")
    words = ["conference.media._relay", "--concise", "--ignore-missing-stub", "--allowlist", str(aliases)]
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_unsafe_rust_stays_in_the_shells() -> None:
    for crate in ("relay-wire", "relay-control", "relay"):
        assert "#![forbid(unsafe_code)]" in (ROOT / "crates" / crate / "src" / "lib.rs").read_text(encoding="utf-8")


def test_every_setting_says_why() -> None:
    silent = [
        line
        for line in (ROOT / "config" / "default.toml").read_text(encoding="utf-8").splitlines()
        if re.match(r"^(# )?[a-z_]+ = ", line) and "#" not in line[2:]
    ]
    # A key may be explained by the line above it; these are.
    assert [line for line in silent if not line.startswith(("data = ", "# url = ", "# public_url", "# tls_key"))] == []
