"""Client assertions: a JWT signed by an app's certificate, or by a foreign issuer it was told to trust."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from lab.sentinel.errors import Failed, signing_failed
from lab.sentinel.settings import Application
from lab.serve.exchange import Request

SIGNATURES = {"x5t#S256": (hashlib.sha256, "PS256"), "x5t": (hashlib.sha1, "RS256")}


def proves(assertion: str, application: Application, request: Request) -> None:
    """Raise Failed unless an assertion was signed for this app, by a key of its own, and is in its time."""
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError:
        raise signing_failed(401, 50027, "invalid_request", "JWT token is invalid or malformed.") from None
    if {"x5t", "x5t#S256"} & set(header):
        said = _by_certificate(assertion, header, application, request)
        issuer, subject = application.id, application.id
    else:
        said = _decoded(assertion, application.trusts, "RS256", request)
        issuer, subject = str(said.get("iss")), application.subject
    if (said.get("iss"), said.get("sub")) != (issuer, subject):
        words = f"No matching federated identity record found for presented assertion subject '{said.get('sub')}'."
        raise signing_failed(401, 700213, "invalid_client", words)


def _by_certificate(
    assertion: str, header: dict[str, Any], application: Application, request: Request
) -> dict[str, Any]:
    """Verify what is signed by a certificate, named by its thumbprint; x5t goes with RS256, x5t#S256 with PS256."""
    if not application.certificate:
        raise _unsigned("The key was not found.")
    certificate = load_pem_x509_certificate(application.certificate.encode())
    name = "x5t#S256" if "x5t#S256" in header else "x5t"
    digest, algorithm = SIGNATURES[name]
    thumbprint = base64.urlsafe_b64encode(digest(certificate.public_bytes(Encoding.DER)).digest()).rstrip(b"=").decode()
    if header[name].rstrip("=") != thumbprint or header["alg"] != algorithm:
        raise _unsigned("The key was not found.")
    if application.expired or not certificate.not_valid_before_utc <= request.now <= certificate.not_valid_after_utc:
        raise _unsigned("The key used is expired.")
    public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    said = _decoded(assertion, public, algorithm, request)
    if not str(said.get("aud")).endswith(request.path):
        words = "Client assertion audience claim does not match Realm issuer."
        raise signing_failed(401, 700023, "invalid_client", words)
    return said


def _decoded(assertion: str, key: str, algorithm: str, request: Request) -> dict[str, Any]:
    try:
        said = jwt.decode(
            assertion, key, [algorithm],
            options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )  # fmt: skip
    except (jwt.InvalidTokenError, ValueError):
        raise _unsigned("The key was found, but use of the key to verify the signature failed.") from None
    if not said.get("nbf", 0) - 300 <= request.now.timestamp() < said.get("exp", 0):
        raise signing_failed(401, 700024, "invalid_client", "Client assertion is not within its valid time range.")
    return dict(said)


def _unsigned(why: str) -> Failed:
    return signing_failed(
        401, 700027, "invalid_client", f"Client assertion contains an invalid signature. [Reason - {why}]"
    )
