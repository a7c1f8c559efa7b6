"""What the dashboard's server has beside Streamlit's own: the routes under ``/api``, and who may ask."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit import config

from mtldemo.serve.hosts import OPTION, HostCheck, Hosts
from mtldemo.serve.routes import routes


def server_routes() -> list[Route]:
    """The routes under ``/api``, below the server's base path."""
    return routes(st.get_option("server.baseUrlPath"))


def server_middleware() -> list[Middleware]:
    """The check of the ``Host`` header, which stands before pages, files, uploads, the WebSocket and the routes."""
    more = [*st.get_option(OPTION), st.get_option("browser.serverAddress").partition("/")[0]]
    # Streamlit itself would let the WebSocket be asked for by these names alone, no longer as localhost.
    config.set_option(OPTION, [])
    return [Middleware(HostCheck, hosts=Hosts(st.get_option("server.address") or "", more))]
