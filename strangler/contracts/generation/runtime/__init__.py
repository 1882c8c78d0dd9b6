"""What every generated service has as it stands here: these modules are copied into it."""
