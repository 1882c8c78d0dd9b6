def double(value):
    return value * 2


apply = lambda function, value: function(value)
apply(double, 2)
