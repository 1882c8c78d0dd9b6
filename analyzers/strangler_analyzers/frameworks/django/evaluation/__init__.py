"""What the expressions of settings, URL confs and models stand for: values, texts and lists."""
