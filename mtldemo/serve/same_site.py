"""Whether a request comes from the dashboard itself or from a program, not from another web page in a browser."""

from urllib.parse import urlsplit

from starlette.requests import Request

from mtldemo.serve.forwarded import own_names
from mtldemo.serve.refusal import Refusal


def check_site(request: Request) -> None:
    """Raise ``Refusal`` (403) for what another site's page has a browser send.

    Any page that a person has open can make the browser send a request to this machine's ports, and for some kinds of
    body the browser doesn't ask first. Such a page couldn't read the answer, but it could keep the processor busy
    unseen, and its origin would share the limits of whoever uses the dashboard. No cookie or secret is involved, so
    what the browser itself says is enough: ``Sec-Fetch-Site``, which a page can't set, and, where the browser leaves
    that out (plain HTTP beyond this machine), ``Origin`` beside ``Host``. A program such as curl sends neither.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        origin = request.headers.get("origin")
        ours = origin is None or urlsplit(origin).netloc in own_names(request)
    if not ours:
        raise Refusal(403, "Pages of other sites may not ask here; open the dashboard itself, or use a program.")
