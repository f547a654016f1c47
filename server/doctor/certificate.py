"""The certificate of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from config import HttpSettings, SettingsError
from server.addresses import page_host
from server.doctor.finding import Finding, fault, good, warning
from server.tls import covered_names, expires_in_days, read_certificate, server_context

if TYPE_CHECKING:
    from pathlib import Path


def check_certificate(settings: HttpSettings, data: Path) -> list[Finding]:
    if not settings.tls:
        return [
            warning(
                "tls-off",
                (
                    "网页未加密：浏览器只在 https 页面开放摄像头",
                    "pages are not encrypted: browsers open cameras on https only",
                ),
                ("由反向代理提供 https，或设 http.tls = true", "let a proxy provide https or set http.tls = true"),
            )
        ]
    own = settings.tls_cert is None
    certificate = settings.tls_cert or data / "tls" / "self-signed.pem"
    key = settings.tls_key or data / "tls" / "self-signed.key"
    if own and not certificate.exists():
        return [
            good("certificate", "首次启动时将生成自签名证书", "a self-signed certificate is made on the first start")
        ]
    try:
        server_context(certificate, key)
        names, left_days = covered_names(read_certificate(certificate)), expires_in_days(certificate)
    except SettingsError as error:
        cure = (
            "核对 http.tls_cert 与 http.tls_key 是否配对的 PEM 文件",
            "give a matching pair of PEM files in http.tls_cert and http.tls_key",
        )
        return [fault("certificate", (f"证书无法使用：{error}", f"the certificate cannot be used: {error}"), cure)]
    return _judge(settings, own=own, names=names, left_days=left_days)


def _judge(settings: HttpSettings, *, own: bool, names: set[str], left_days: float) -> list[Finding]:
    found = []
    renew = ("更换证书后重启服务", "renew the certificate and restart the server")
    if left_days < 0:
        found.append(fault("certificate-expired", ("证书已过期", "the certificate has expired"), renew))
    elif left_days < 14:
        what = (f"证书将在 {left_days:.0f} 天后过期", f"the certificate expires in {left_days:.0f} days")
        found.append(warning("certificate-expires", what, renew))
    host = urlsplit(settings.public_url).hostname if settings.public_url else page_host(settings.host).strip("[]")
    if host is not None and not _covers(names, host):
        what = (f"证书不包含地址 {host}", f"the certificate does not cover {host}")
        cure = (
            "自签名证书：删除 data/tls 后重启以重新生成；正式证书：换用包含该地址的证书",
            "self-signed: remove data/tls and restart; otherwise get a certificate that covers it",
        )
        found.append(warning("certificate-name", what, cure))
    if own:
        what = (
            "使用自签名证书，浏览器首次打开会提示不受信任",
            "a self-signed certificate: browsers warn on the first visit",
        )
        cure = (
            "内网试用可在浏览器选择“高级→继续”；正式使用请设置 http.tls_cert 与 http.tls_key",
            "for a trial choose “Advanced → Proceed”; for real use set http.tls_cert and http.tls_key",
        )
        found.append(warning("certificate-self-signed", what, cure))
    return found or [
        good("certificate", f"证书有效（{left_days:.0f} 天）", f"the certificate is valid ({left_days:.0f} days)")
    ]


def _covers(names: set[str], host: str) -> bool:
    return host in names or f"*.{host.partition('.')[2]}" in names
