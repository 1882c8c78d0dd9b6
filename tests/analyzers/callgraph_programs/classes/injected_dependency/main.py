class Clock:
    def now(self):
        return 0


class Scheduler:
    def __init__(self, clock):
        self._clock = clock

    def due(self):
        return self._clock.now()


scheduler = Scheduler(Clock())
scheduler.due()
