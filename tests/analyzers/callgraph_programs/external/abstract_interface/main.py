from abc import ABC, abstractmethod


class Storage(ABC):
    @abstractmethod
    def put(self, key):
        raise NotImplementedError

    def put_all(self, keys):
        for key in keys:
            self.put(key)


class Memory(Storage):
    def put(self, key):
        return key


Memory().put_all([1])
