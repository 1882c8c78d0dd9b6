class Builder:
    def set(self, value):
        self.value = value
        return self

    def build(self):
        return Product()


class Product:
    def use(self):
        return 1


Builder().set(1).set(2).build().use()
