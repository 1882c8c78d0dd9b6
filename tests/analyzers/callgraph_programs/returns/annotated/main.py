class Session:
    def close(self):
        return None


def open_session(pool) -> Session:
    return pool["session"]


open_session({"session": Session()}).close()
