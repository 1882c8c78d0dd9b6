class Config:
    pass


def debug():
    return 1


config = Config()
setattr(config, "hook", debug)
config.hook()
