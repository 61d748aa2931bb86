"""One runnable recipe for each published checkpoint."""
