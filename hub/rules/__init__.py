"""Rules: from events to few alerts, each with its reasons. Pure: no clock, no store. Downstream: hub.clerk."""
