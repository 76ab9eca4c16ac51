"""The token endpoints of a machine's own identity, as msal's ManagedIdentityClient asks them.

A virtual machine's IMDS (msal takes its host from AZURE_POD_IDENTITY_AUTHORITY_HOST) and App Service's (IDENTITY_ENDPOINT
and IDENTITY_HEADER). Facts: msal 1.39's requests; errors from Microsoft Learn, "How to use managed identities on a VM".
"""

from __future__ import annotations

from lab.sentinel.settings import LOGS, MANAGEMENT, Application, SentinelSettings
from lab.sentinel.tokens import given
from lab.serve.exchange import Answer, Request

IDS = ("client_id", "object_id", "msi_res_id", "mi_res_id")


def virtual_machine(request: Request, settings: SentinelSettings) -> Answer:
    """GET /metadata/identity/oauth2/token: a token for the machine."""
    resource = request.query.get("resource", "")
    if request.headers.get("metadata") != "true" or request.query.get("api-version") != "2018-02-01":
        return _bad("invalid_request", "Required metadata header not specified or bad api-version")
    if _audience(resource) is None:
        return _bad("invalid_resource", f"AADSTS500011: The resource principal named {resource} was not found.")
    found = _identity(request, settings)
    if found is None:
        return _bad("invalid_request", "Identity not found")
    access = given(found, resource, request.now, settings.token_seconds)
    ends = int(request.now.timestamp()) + settings.token_seconds
    said = {"access_token": access, "client_id": found.id, "resource": resource, "token_type": "Bearer"}
    return Answer(200, said | {"expires_in": str(settings.token_seconds), "expires_on": str(ends), "not_before": "0"})


def app_service(request: Request, settings: SentinelSettings) -> Answer:
    """GET /msi/token: a token for an App Service; its refusals are vague (msal's own comment)."""
    resource, found = request.query.get("resource", ""), _identity(request, settings)
    known = request.headers.get("x-identity-header") == settings.identity_header
    if not known or request.query.get("api-version") != "2019-08-01" or found is None or _audience(resource) is None:
        return Answer(
            400, {"statusCode": 400, "message": "No managed identity found, or it may not ask for this resource."}
        )
    access = given(found, resource, request.now, settings.token_seconds)
    ends = int(request.now.timestamp()) + settings.token_seconds
    said = {"access_token": access, "client_id": found.id, "resource": resource, "token_type": "Bearer"}
    return Answer(200, said | {"expires_on": str(ends)})


def _identity(request: Request, settings: SentinelSettings) -> Application | None:
    """Return the machine's identity, unless another was asked for by name."""
    found = settings.identity
    asked = [request.query[one] for one in IDS if one in request.query]
    return found if found and not found.revoked and (not asked or asked == [found.id]) else None


def _audience(resource: str) -> str | None:
    return resource if resource.rstrip("/") in MANAGEMENT | LOGS else None


def _bad(error: str, words: str) -> Answer:
    return Answer(400, {"error": error, "error_description": words})
