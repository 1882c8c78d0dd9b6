class Label:
    def __str__(self):
        return "label"

    def __format__(self, spec):
        return "formatted"


label = Label()
print(label)
f"{label}"
"{}".format(label)
