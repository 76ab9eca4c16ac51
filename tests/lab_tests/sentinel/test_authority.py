"""Laws of the authority, asked by the real msal over TLS."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import msal  # type: ignore[import-untyped]  # msal ships no types
import pytest
from azure.core.exceptions import HttpResponseError

from lab.sentinel.settings import HUNTER, Application, SentinelSettings
from lab.serve.faults import Bend, Fault, When
from lab_tests.sentinel.keys import certificate, pair
from lab_tests.sentinel.served import LOGS, MANAGEMENT, NOW, workspace

API = When(path="/v1/")


def _codes(folder: Path, application: Application, credential: Any = None, scope: str = LOGS) -> Any:
    """Return the AADSTS codes of a refused request for a token, [] for a good one."""
    settings = SentinelSettings(applications=(application,))
    with workspace(folder, settings=settings) as asked:
        return asked.app(application, credential).acquire_token_for_client([scope]).get("error_codes", [])


def test_a_token_is_given_for_a_secret_and_taken_from_msals_cache_the_second_time(tmp_path: Path) -> None:
    """msal asks once for each tenant and audience."""
    with workspace(tmp_path) as asked:
        app = asked.app()
        said = [app.acquire_token_for_client([LOGS])["token_source"] for _ in range(2)]

    assert ["identity_provider", "cache"] == said


def test_a_wrong_secret_is_refused_by_its_code(tmp_path: Path) -> None:
    """AADSTS7000215."""
    assert [7000215] == _codes(tmp_path, HUNTER, "another")


def test_an_expired_secret_is_refused_by_its_code(tmp_path: Path) -> None:
    """AADSTS7000222."""
    assert [7000222] == _codes(tmp_path, replace(HUNTER, expired=True))


def test_a_disabled_app_is_refused_by_its_code(tmp_path: Path) -> None:
    """AADSTS7000112."""
    assert [7000112] == _codes(tmp_path, replace(HUNTER, revoked=True))


def test_an_unknown_app_is_refused_by_its_code(tmp_path: Path) -> None:
    """AADSTS700016."""
    with workspace(tmp_path) as asked:
        said = asked.app(replace(HUNTER, id="nobody")).acquire_token_for_client([LOGS])

    assert [700016] == said["error_codes"]


def test_an_audience_that_is_none_is_refused_by_its_code(tmp_path: Path) -> None:
    """AADSTS500011: the address of the lab itself is no resource."""
    assert [500011] == _codes(tmp_path, HUNTER, scope="https://127.0.0.1/.default")


def test_a_tenant_that_is_none_has_no_endpoints(tmp_path: Path) -> None:
    """msal finds that out before it asks for a token."""
    with workspace(tmp_path) as asked, pytest.raises(ValueError, match="Unable to get authority configuration"):
        msal.ConfidentialClientApplication(
            HUNTER.id,
            client_credential=HUNTER.secret,
            authority=f"{asked.running.url}/00000000-0000-0000-0000-000000000001",
            instance_discovery=False,
            http_client=asked.http_client(),
        )


@pytest.mark.parametrize("kind", ["public_certificate", "thumbprint"])
def test_a_certificate_proves_an_app(tmp_path: Path, kind: str) -> None:
    """By SHA-256 and PS256 where msal has the certificate, by SHA-1 and RS256 where it has a thumbprint alone."""
    key, public = certificate()
    credential = {"private_key": key} | (
        {"public_certificate": public} if kind == "public_certificate" else {"thumbprint": _thumbprint(public)}
    )

    assert [] == _codes(tmp_path, replace(HUNTER, secret="", certificate=public), credential)


def test_another_key_proves_nothing(tmp_path: Path) -> None:
    """AADSTS700027: the thumbprint is right, the signature is not."""
    credential = {"private_key": certificate()[0], "thumbprint": _thumbprint(mine := certificate()[1])}

    assert [700027] == _codes(tmp_path, replace(HUNTER, certificate=mine), credential)


def test_another_certificates_thumbprint_proves_nothing(tmp_path: Path) -> None:
    """AADSTS700027: the signature is right, the thumbprint is not."""
    key, mine = certificate()
    credential = {"private_key": key, "thumbprint": _thumbprint(certificate()[1])}

    assert [700027] == _codes(tmp_path, replace(HUNTER, certificate=mine), credential)


def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    """AADSTS700027."""
    key, public = certificate(days=-1)

    assert [700027] == _codes(
        tmp_path, replace(HUNTER, certificate=public), {"private_key": key, "public_certificate": public}
    )


@pytest.mark.parametrize(("subject", "codes"), [("repo:acme/hunts", []), ("repo:acme/other", [700213])])
def test_an_assertion_of_a_trusted_issuer_proves_an_app(tmp_path: Path, subject: str, codes: list[int]) -> None:
    """Workload identity: msal sends what the callable returns."""
    private, public = pair()
    said = {"iss": "https://issuer.example", "sub": subject, "exp": int(NOW.timestamp()) + 600}
    application = replace(HUNTER, secret="", trusts=public, subject="repo:acme/hunts")
    credential = {"client_assertion": lambda: jwt.encode(said, private, "RS256")}

    assert codes == _codes(tmp_path, application, credential)


def test_an_assertion_for_another_authority_is_refused(tmp_path: Path) -> None:
    """AADSTS700023: signed by the right key, meant for somebody else."""
    key, public = certificate()
    said = {"iss": HUNTER.id, "sub": HUNTER.id, "aud": "https://elsewhere.example", "exp": int(NOW.timestamp()) + 600}
    digest = base64.urlsafe_b64encode(bytes.fromhex(_thumbprint(public))).decode()
    signed = jwt.encode(said, key, "RS256", headers={"x5t": digest})

    assert [700023] == _codes(tmp_path, replace(HUNTER, certificate=public), {"client_assertion": lambda: signed})


def test_an_assertion_out_of_its_time_is_refused(tmp_path: Path) -> None:
    """AADSTS700024."""
    private, public = pair()
    said = {"iss": "i", "sub": "s", "exp": int(NOW.timestamp()) - 600}
    application = replace(HUNTER, trusts=public, subject="s")

    assert [700024] == _codes(tmp_path, application, {"client_assertion": lambda: jwt.encode(said, private, "RS256")})


@pytest.mark.parametrize("place", ["virtual machine", "app service"])
def test_a_machines_own_identity_gets_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """As msal's ManagedIdentityClient asks, told by its own environment variables where."""
    settings = SentinelSettings(identity=Application("0d7a", "no secret"))
    with workspace(tmp_path, settings=settings) as asked:
        if place == "app service":
            monkeypatch.setenv("IDENTITY_ENDPOINT", f"{asked.running.url}/msi/token")
            monkeypatch.setenv("IDENTITY_HEADER", settings.identity_header)
        else:
            monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", asked.running.url)
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=asked.http_client())
        said = client.acquire_token_for_client(resource="https://management.azure.com")
        reply = asked.arm("GET", token=said["access_token"])

    assert 200 == reply.status


def test_a_machine_without_an_identity_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """IMDS's own words."""
    with workspace(tmp_path) as asked:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", asked.running.url)
        client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=asked.http_client())
        said = client.acquire_token_for_client(resource="https://management.azure.com")

    assert ("invalid_request", "Identity not found") == (said["error"], said["error_description"])


def test_a_token_of_the_other_audience_is_refused_by_both_services(tmp_path: Path) -> None:
    """Two audiences: queries take none of Resource Manager's tokens, nor the other way round."""
    with workspace(tmp_path) as asked:
        with pytest.raises(HttpResponseError) as refused, asked.client(scope=MANAGEMENT) as client:
            client.query_workspace(asked.lab.settings.workspace, "Event", timespan=None)
        reply = asked.arm("GET", token=asked.token(LOGS))

    assert (403, "InvalidAuthenticationTokenAudience") == (refused.value.status_code, refused.value.error.code)  # type: ignore[union-attr]
    assert (401, "InvalidAuthenticationTokenAudience") == (reply.status, reply.body["error"]["code"])


def test_a_token_ends(tmp_path: Path) -> None:
    """Its life is a setting; the clock is the server's."""
    with workspace(tmp_path, settings=SentinelSettings(token_seconds=-1)) as asked:
        token = asked.token(MANAGEMENT)
        reply = asked.arm("GET", token=token)
        with pytest.raises(HttpResponseError) as refused:
            asked.kql("Event")

    assert (401, "ExpiredAuthenticationToken") == (reply.status, reply.body["error"]["code"])
    assert 401 == refused.value.status_code


@pytest.mark.parametrize(("word", "status"), [("wrong_audience", 403), ("expired_token", 401), ("revoked", 401)])
def test_a_script_spoils_a_good_token(tmp_path: Path, word: str, status: int) -> None:
    """Once, as scripted: the next request is good again."""
    with workspace(tmp_path, None, None, Fault(Bend(word), API)) as asked:
        with pytest.raises(HttpResponseError) as refused:
            asked.kql("Event")
        good = asked.kql("Event | count")

    assert (status, 1) == (refused.value.status_code, len(good.tables[0].rows))


def test_no_secret_and_no_token_is_kept_in_the_journal(tmp_path: Path) -> None:
    """It is written to a file that people pass on."""
    with workspace(tmp_path) as asked:
        token = asked.token()
        asked.kql("Event")
        asked.running.journal.write(tmp_path / "journal.ndjson")
    kept = (tmp_path / "journal.ndjson").read_text()

    assert [] == [one for one in (HUNTER.secret, token) if one in kept]


def _thumbprint(pem: str) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
