"""The pages for people: a village's hub and a station's desk, from the same templates.

Upstream: hub.queries (reads), hub.desk and hub.commander (acts). Downstream: a browser, and nothing else: no page names
an address outside this machine. hub.console.app puts it together, hub.console.server serves it.
"""
