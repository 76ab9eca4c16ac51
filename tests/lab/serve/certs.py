"""A certificate authority of the lab's own, and a server certificate for the loopback address."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM; `server` holds the key and the chain."""

    ca: Path
    server: Path


def certify(folder: Path) -> Certificates:
    """Write a new CA's certificate and a server certificate for 127.0.0.1 and localhost into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(organization_name="Lab")
    issued = authority.issue_cert("127.0.0.1", "localhost")
    written = Certificates(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(written.ca)
    issued.private_key_and_cert_chain_pem.write_to_path(written.server)
    return written


def server_context(certificates: Certificates) -> ssl.SSLContext:
    """Return the TLS settings of a server that shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server)
    return context
