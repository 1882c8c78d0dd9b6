"""What is written for other proxies."""
