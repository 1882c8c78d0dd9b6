class Click:
    def where(self):
        return 1


class Key:
    def name(self):
        return "a"


def on_other():
    return None


def handle(event):
    match event:
        case Click() as click:
            click.where()
        case Key():
            event.name()
        case _:
            on_other()


handle(Click())
handle(Key())
handle(1)
