class Engine:
    def start(self):
        return "on"


class Car:
    engine: Engine

    def __init__(self, engine: "Engine"):
        self.engine = engine

    def drive(self):
        return self.engine.start()


def test_drive(car: Car):
    return car.engine.start()


test_drive(Car(Engine()))
Car(Engine()).drive()
