class Form:
    class Field:
        def clean(self):
            return self.strip()

        def strip(self):
            return ""

    def __init__(self):
        self.field = self.Field()

    def validate(self):
        return self.field.clean()


Form().validate()
Form.Field().clean()
