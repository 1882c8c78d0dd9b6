class Draft:
    def publish(self):
        return Article()


class Article:
    def publish(self):
        return self


page = Draft()
page = page.publish()
page.publish()
