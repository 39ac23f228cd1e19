"""Why a connection is not safe, in words."""

from __future__ import annotations

import ssl

# The reasons are OpenSSL's, from its x509_vfy.h.
_EXPIRED, _NOT_YET = 10, 9
_SELF_SIGNED = frozenset({18, 19})
_UNKNOWN_ISSUER = frozenset({2, 20, 21})
_OTHER_NAME, _OTHER_ADDRESS = 62, 64
_OWN_AUTHORITY = "Where a company checks its connections, name its authority's file under Certificates in the settings."


def tls_reason(error: ssl.SSLError, place: str) -> tuple[str, str]:
    """Why, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error.verify_code, place)
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return f"{place} does not speak TLS.", "Check the port, or whether the address must begin with http://."
    reason = (error.reason or "the handshake broke off").replace("_", " ").lower()
    return f"{place} and this program could not agree ({reason}).", "Check the address and the network."


def _certificate(code: int, place: str) -> tuple[str, str]:
    if code == _EXPIRED:
        return f"The certificate of {place} has expired.", "Check this machine's date; else its owner must renew it."
    if code == _NOT_YET:
        return f"The certificate of {place} is not valid yet.", "Check this machine's date."
    if code in _SELF_SIGNED:
        return f"{place} vouches for itself: its certificate is self-signed.", _OWN_AUTHORITY
    if code in _UNKNOWN_ISSUER:
        return f"Nobody whom this machine trusts vouches for {place}.", _OWN_AUTHORITY
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return f"The certificate that {place} shows is made out to another name.", "Check the address."
    return f"The certificate of {place} is not valid.", _OWN_AUTHORITY
