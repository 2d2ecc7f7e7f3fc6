"""TLS contexts from the settings' files."""

import ssl
from pathlib import Path

from collector.session.link import RefusedError
from collector.session.port import Tls


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Context for a client. Reads files: call it in a thread.

    Raises:
        RefusedError: a file is missing or is not what it should be; names the file.

    """
    context = ssl.create_default_context()
    if tls.ca:
        _load_authority(context, tls.ca)
    if tls.certificate:
        _load_certificate(context, tls.certificate, tls.key)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load_authority(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(file)
    except OSError as error:  # ssl.SSLError is one
        message = f"tls.ca: {file} is not readable as a PEM certificate ({error.strerror or error})"
        raise RefusedError(message, for_good=True) from error


def _load_certificate(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:
        message = (
            f"tls.certificate {certificate} and tls.key {key or '(not given)'} are not a readable PEM certificate and its key "
            f"({error.strerror or error})"
        )
        raise RefusedError(message, for_good=True) from error
