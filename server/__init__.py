"""Routebook's server."""

from server.app import create_app

__all__ = ["create_app"]
