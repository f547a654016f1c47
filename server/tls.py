"""TLS for the pages: the operator's files, or a self-signed certificate made on the first start."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import HttpSettings, SettingsError
from server.addresses import reachable_addresses
from server.secrets import write_private

if TYPE_CHECKING:
    from pathlib import Path

_VALID_DAYS: Final = 397
"""Apple's and Chromium's limit for leaf certificates."""
_RENEW_DAYS: Final = 14


def certificate_files(settings: HttpSettings, data: Path, *, extra_names: tuple[str, ...] = ()) -> tuple[Path, Path]:
    """(certificate, key). Makes a self-signed pair in the data folder when the operator gave none."""
    if settings.tls_cert is not None and settings.tls_key is not None:
        return settings.tls_cert, settings.tls_key
    certificate, key = data / "tls" / "self-signed.pem", data / "tls" / "self-signed.key"
    if not (certificate.exists() and key.exists()) or expires_in_days(certificate) < _RENEW_DAYS:
        certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_self_signed(certificate, key, extra_names)
    return certificate, key


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer. Raises SettingsError when the pair cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"http.tls_cert {certificate} / http.tls_key {key}: {error}") from None
    return context


def read_certificate(file: Path) -> x509.Certificate:
    """The leaf of a PEM file. Raises SettingsError."""
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError, IndexError) as error:
        raise SettingsError(f"{file}: not a PEM certificate ({error})") from None


def expires_in_days(file: Path) -> float:
    left = read_certificate(file).not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return left.total_seconds() / 86400


def covered_names(certificate: x509.Certificate) -> set[str]:
    """Host names and addresses the certificate stands for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return set(names.get_values_for_type(x509.DNSName)) | {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}


def _make_self_signed(certificate: Path, key: Path, extra_names: tuple[str, ...]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Huishang self-signed")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # a client's clock may be a little late
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(extra_names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    write_private(
        key,
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    write_private(certificate, built.public_bytes(serialization.Encoding.PEM))


def _names(extra: tuple[str, ...]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for name in dict.fromkeys(["localhost", socket.gethostname(), *extra, "127.0.0.1", "::1", *reachable_addresses()]):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            names.append(x509.DNSName(name))
    return names
