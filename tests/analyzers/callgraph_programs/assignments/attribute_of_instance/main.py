class Button:
    def __init__(self):
        self.on_click = None

    def click(self):
        return self.on_click()


def save():
    return 1


button = Button()
button.on_click = save
button.click()
