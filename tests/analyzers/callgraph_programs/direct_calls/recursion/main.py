def factorial(number):
    return 1 if number < 2 else number * factorial(number - 1)


def is_even(number):
    return True if number == 0 else is_odd(number - 1)


def is_odd(number):
    return False if number == 0 else is_even(number - 1)


factorial(3)
is_even(3)
