class LogMixin:
    def save(self):
        self.log()
        return super().save()

    def log(self):
        return None


class Model:
    def save(self):
        return 1


class Order(LogMixin, Model):
    pass


Order().save()
