class Version:
    def __init__(self, number):
        self.number = number

    def rank(self):
        return self.number


def rank_of(version):
    return version.rank()


versions = [Version(1), Version(2)]
newest = max(versions, key=rank_of)
newest.rank()
min(versions, key=Version.rank)
