class Bus:
    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def publish(self, event):
        for listener in self.listeners:
            listener(event)


def on_event(event):
    return event


bus = Bus()
bus.subscribe(on_event)
bus.publish(1)
