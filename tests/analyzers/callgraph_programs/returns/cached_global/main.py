class Settings:
    def get(self):
        return 1


_settings = None


def settings():
    global _settings
    if _settings is None:
        _settings = Settings()
    return _settings


settings().get()
