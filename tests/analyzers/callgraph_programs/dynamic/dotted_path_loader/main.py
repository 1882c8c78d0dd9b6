from importlib import import_module


def load(path):
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


BACKEND = "backends.Memory"
backend = load(BACKEND)()
backend.get()
