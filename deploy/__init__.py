"""What brings Linli onto a machine: the demo village, its broker, its clips. Not part of the installed distribution."""
