class Invalid(Exception):
    def __str__(self):
        return self.describe()

    def describe(self):
        return "invalid"


try:
    raise Invalid
except Invalid as error:
    print(error)
