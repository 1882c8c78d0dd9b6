class Fast:
    def run(self):
        return "fast"


class Slow:
    def run(self):
        return "slow"


class Both(Fast, Slow):
    pass


Both().run()
