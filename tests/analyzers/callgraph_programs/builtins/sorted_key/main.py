def by_name(person):
    return person["name"]


def by_age(person):
    return person["age"]


people = [{"name": "b", "age": 1}, {"name": "a", "age": 2}]
sorted(people, key=by_name)
people.sort(key=by_age)
