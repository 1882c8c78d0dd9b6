class Exporter:
    def export(self):
        self.open()
        self.write()
        self.close()

    def open(self):
        return None

    def write(self):
        raise NotImplementedError

    def close(self):
        return None


class Csv(Exporter):
    def write(self):
        return "csv"


class Xml(Exporter):
    def write(self):
        return "xml"

    def close(self):
        return super().close()


for exporter in (Csv(), Xml()):
    exporter.export()
