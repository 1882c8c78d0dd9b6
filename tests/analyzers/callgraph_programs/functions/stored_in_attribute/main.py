class Button:
    def __init__(self, action):
        self.action = action

    def press(self):
        return self.action()


def save():
    return 1


def cancel():
    return 2


Button(save).press()
Button(cancel).press()
