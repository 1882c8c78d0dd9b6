from registry import register


@register("mail")
def send_mail():
    return 1
