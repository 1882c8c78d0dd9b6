def scaler(factor):
    def scale(value):
        return value * factor

    return scale


scalers = {"double": scaler(2), "triple": scaler(3)}
scalers["double"](4)
