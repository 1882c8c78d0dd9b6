class Product:
    label = lambda self: self.name()

    def name(self):
        return "p"


Product().label()
