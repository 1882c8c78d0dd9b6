def inner():
    return 1


matrix = [[inner], [inner]]
for row in matrix:
    for cell in row:
        cell()
matrix[0][0]()
