def login():
    return 1


def logout():
    return 2


ROUTES = [("/login", login), ("/logout", logout)]
for path, view in ROUTES:
    view()
