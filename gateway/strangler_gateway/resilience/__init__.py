"""What the gateway does about applications that fail: pure machines, and the checks that feed them."""
