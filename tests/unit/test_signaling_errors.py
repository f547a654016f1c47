"""One table of errors: codes are unique, texts exist in both languages, each has its way out."""

from __future__ import annotations

import re

import pytest

from conference.model.errors import HuishangError, InternalError, ServerStopping, TokenExpired
from signaling.document import TABLE_FILE, render, updated
from signaling.errors import all_errors, body_of, close_code, headers_of, log_line


def test_codes_are_unique_and_spelt_alike() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert len(codes) > 40


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.code)
def test_each_has_both_texts_and_a_status(error: type[HuishangError]) -> None:
    assert re.search(r"[\u4e00-\u9fff]", error.text.zh)
    assert error.text.zh.endswith("。")
    assert error.text.en.isascii()
    assert error.text.en.endswith(".")
    assert 400 <= error.status < 600
    assert 4400 <= close_code(error()) < 4600 or close_code(error()) in {1001, 1011}


def test_close_codes() -> None:
    assert close_code(None) == 1000
    assert close_code(ServerStopping()) == 1001
    assert close_code(InternalError()) == 1011
    assert close_code(TokenExpired()) == 4401


def test_the_body_tells_no_detail() -> None:
    assert "secret" not in str(body_of(TokenExpired("secret")))
    assert "secret" in str(TokenExpired("secret"))


def test_details_cannot_forge_a_line_of_the_log() -> None:
    line = log_line(TokenExpired("x\r\n2026-01-01 INFO all is well\u2028" + "y" * 1000))
    assert line.startswith("token-expired: x")
    assert len(line.splitlines()) == 1
    assert len(line) < 400


def test_headers() -> None:
    assert headers_of(TokenExpired())["WWW-Authenticate"].startswith("Bearer")
    assert headers_of(ServerStopping())["Retry-After"] == "2"


def test_the_table_of_the_document_is_up_to_date() -> None:
    text = TABLE_FILE.read_text(encoding="utf-8")
    assert updated(text) == text
    assert render().count("\n") > 40
