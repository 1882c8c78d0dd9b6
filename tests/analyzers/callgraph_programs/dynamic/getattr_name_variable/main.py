class Robot:
    def walk(self):
        return 1

    def talk(self):
        return 2


robot = Robot()
for name in ("walk", "talk"):
    getattr(robot, name)()
