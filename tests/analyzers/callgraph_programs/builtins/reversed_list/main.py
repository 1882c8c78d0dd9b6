class Step:
    def undo(self):
        return 1


steps = [Step(), Step()]
for step in reversed(steps):
    step.undo()
for step in list(steps):
    step.undo()
