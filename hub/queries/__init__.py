"""Reads for pages: what the console shows, one function per question, each on an open connection.

Upstream: hub.store. Downstream: hub.console. Nothing here writes. Lists are paged in the database, never in the page.
"""
