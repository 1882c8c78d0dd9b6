from concurrent.futures import ThreadPoolExecutor


def fetch(number):
    return number


def fetch_all(numbers):
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fetch, 0)
        return [first.result(), *pool.map(fetch, numbers)]


fetch_all([1, 2])
