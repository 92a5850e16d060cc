"""Starlette application, resources, links, sign-in, and the browser client."""
