"""One module for each page: functions from a View to a response. hub.console.app gives them their addresses."""
