class Check:
    def run(self):
        return True


checks = {"disk": Check()}
for name, check in checks.items():
    check.run()
