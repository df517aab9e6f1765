"""The village hub, and with role = "station" the police station's desk.

A record walks one corridor: ingest -> clerk (rules, desk) -> outbox -> courier. See docs/corridor.md.
"""
