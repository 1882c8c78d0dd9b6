class Editor:
    def __init__(self):
        self.commands = {"open": self.open, "save": self.save}

    def open(self):
        return 1

    def save(self):
        return 2

    def run(self, name):
        return self.commands[name]()


editor = Editor()
editor.run("open")
editor.run("save")
