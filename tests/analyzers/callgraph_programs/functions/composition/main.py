def compose(*functions):
    def composed(value):
        for function in functions:
            value = function(value)
        return value

    return composed


def strip(text):
    return text.strip()


def lower(text):
    return text.lower()


normalize = compose(strip, lower)
normalize(" A ")
