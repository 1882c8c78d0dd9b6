"""What the gateway does when applications fail: pure state machines, and the health checks that feed them."""
