"""Who asks, and under which name, where a proxy stands before the server: believed only of one that a setting names."""

import os

from starlette.requests import Request

SETTING = "FORWARDED_ALLOW_IPS"
"""The environment variable by which uvicorn, the server beneath Streamlit, is told the addresses of proxies."""
UNPROVEN = "forwarded"


def client_address(request: Request) -> str:
    """The address that a client's limits count by.

    Uvicorn takes ``X-Forwarded-For`` from any program on this machine, unless ``SETTING`` says whose it is to take.
    Where it doesn't, an address that the header itself made up isn't one: those who send such a header share the limits
    of a single client, so that no one gets more by it, and no other address less.
    """
    address = request.client.host if request.client else "nowhere"
    if not os.environ.get(SETTING) and address in _forwarded_for(request):
        return UNPROVEN
    return address


def own_names(request: Request) -> set[str]:
    """The names under which the dashboard may have been opened, each with its port: ``Host`` and, behind a proxy that
    ``SETTING`` names, what that says in ``X-Forwarded-Host``."""
    names = {request.headers.get("host", "")}
    through_proxy = request.client is not None and request.client.host in _forwarded_for(request)
    if os.environ.get(SETTING) and through_proxy:
        names.add(request.headers.get("x-forwarded-host", ""))
    return names - {""}


def _forwarded_for(request: Request) -> str:
    # Whatever uvicorn takes the client from is a part of this.
    return ",".join(request.headers.getlist("x-forwarded-for"))
