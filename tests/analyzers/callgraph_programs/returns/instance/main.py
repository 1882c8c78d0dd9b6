class Door:
    def open(self):
        return True


def front():
    return Door()


front().open()
door = front()
door.open()
