"""What `import transferperf as tp` shows."""
