"""The authority that msal talks to: discovery of a tenant, and tokens for a secret, a certificate or an assertion.

Facts: msal 1.39's own requests (run); codes of https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from lab.sentinel.assertion import proves
from lab.sentinel.errors import signing_failed
from lab.sentinel.settings import LOGS, MANAGEMENT, Application, SentinelSettings
from lab.sentinel.tokens import given
from lab.serve.exchange import Answer, Request, bend

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def discovery(request: Request, settings: SentinelSettings, tenant: str) -> Answer:
    """GET /{tenant}/v2.0/.well-known/openid-configuration: names the endpoints of a tenant that is there."""
    _tenant(settings, tenant)
    here = f"https://{request.headers.get('host', '')}/{settings.tenant}"
    said = {
        "issuer": f"{here}/v2.0",
        "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
        "token_endpoint": f"{here}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{here}/oauth2/v2.0/devicecode",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
    }
    return Answer(200, said)


def token(request: Request, settings: SentinelSettings, tenant: str) -> Answer:
    """POST /{tenant}/oauth2/v2.0/token: client credentials only."""
    _tenant(settings, tenant)
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if form.get("grant_type") != "client_credentials":
        raise signing_failed(400, 70003, "unsupported_grant_type", "The app requested an unsupported grant type.")
    application = _application(settings, form.get("client_id", ""))
    _proved(application, form, request)
    audience = _audience(form.get("scope", ""))
    access = given(application, audience, request.now, settings.token_seconds)
    said = {"token_type": "Bearer", "expires_in": settings.token_seconds, "ext_expires_in": settings.token_seconds}
    return Answer(200, said | {"access_token": access}, {"Cache-Control": "no-store, no-cache"})


def _tenant(settings: SentinelSettings, tenant: str) -> None:
    if tenant.lower() != settings.tenant:
        words = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        raise signing_failed(400, 90002, "invalid_tenant", words)


def _application(settings: SentinelSettings, name: str) -> Application:
    found = next((one for one in settings.applications if one.id == name), None)
    if found is None:
        words = f"Application with identifier '{name}' was not found in the directory 'Lab'."
        raise signing_failed(400, 700016, "unauthorized_client", words)
    if found.revoked:
        words = f"The service principal named '{name}' has been disabled."
        raise signing_failed(400, 7000112, "unauthorized_client", words)
    return found


def _proved(application: Application, form: Mapping[str, Any], request: Request) -> None:
    if "client_assertion" in form:
        if form.get("client_assertion_type") != JWT_BEARER:
            raise signing_failed(
                400, 900144, "invalid_request", "The request body must contain 'client_assertion_type'."
            )
        proves(str(form["client_assertion"]), application, request)
        return
    if "client_secret" not in form:
        words = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        raise signing_failed(401, 7000218, "invalid_client", words)
    if not application.secret or form["client_secret"] != application.secret or bend(request, "wrong_secret"):
        words = (
            f"Invalid client secret provided. Ensure it is the secret's value for app '{application.id}', not its ID."
        )
        raise signing_failed(401, 7000215, "invalid_client", words)
    if application.expired or bend(request, "expired_secret"):
        words = f"The provided client secret keys for app '{application.id}' are expired."
        raise signing_failed(401, 7000222, "invalid_client", words)


def _audience(scope: str) -> str:
    """Return whom a token is for; the only scope that an app may ask for is everything it was granted: /.default."""
    resource, default, rest = scope.partition("/.default")
    if not default or rest:
        words = f"The provided value for scope {scope} is not valid: client credentials ask for '/.default'."
        raise signing_failed(400, 1002012, "invalid_scope", words)
    if resource.rstrip("/") not in MANAGEMENT | LOGS:
        words = f"The resource principal named {resource} was not found in the tenant named Lab."
        raise signing_failed(400, 500011, "invalid_resource", words)
    return resource
