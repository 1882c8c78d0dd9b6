class Row:
    def show(self):
        return 1


rows = [Row(), Row(), Row()]
for row in rows[1:]:
    row.show()
