def describe(self):
    return "dynamic"


Dynamic = type("Dynamic", (), {"describe": describe})
Dynamic().describe()
