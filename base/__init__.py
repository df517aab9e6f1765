"""What every process stands on: clock, service loop, settings, logs, link, courier."""
