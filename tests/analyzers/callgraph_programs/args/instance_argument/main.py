class Mailer:
    def send(self, text):
        return len(text)


class Printer:
    def send(self, text):
        return text


def deliver(channel, text):
    return channel.send(text)


deliver(Mailer(), "hi")
