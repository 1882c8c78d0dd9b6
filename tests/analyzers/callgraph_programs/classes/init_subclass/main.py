class Plugin:
    registry = []

    def __init_subclass__(cls, **options):
        cls.registry.append(cls)

    def run(self):
        return None


class Mail(Plugin):
    def run(self):
        return "mail"


class Chat(Plugin):
    def run(self):
        return "chat"


for plugin in Plugin.registry:
    plugin().run()
