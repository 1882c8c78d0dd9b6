"""The HTML pages of the staff: the queue of waiting reviews, and decisions on them."""

from starlette.responses import Response
from starlette.routing import Route

from reviews_service import moderation, notices
from reviews_service.errors import NotAllowedError
from reviews_service.forms import MODERATION_FORM
from reviews_service.pages import PageEndpoint, both, page, redirect, strict_page, there
from reviews_service.requests import Call
from reviews_service.submission import LARGEST_NUMBER

QUEUE = "/backoffice/moderation/"


def staff(call: Call) -> None:
    """Visitors are sent to the login, customers get 403."""
    if not call.somebody().is_staff:
        raise NotAllowedError("staff only")


async def queue(call: Call) -> Response:
    number = strict_page(call.query.get("page", ""))
    found, names = await call.database.read(moderation.waiting, number)
    context = {"page": there(found, number), "names": names}
    return page(call, "moderation_queue.html", **context)


async def decide(call: Call) -> Response:
    number = call.number()
    case = await call.database.read(moderation.case, number, call.query.get("page"))
    form = MODERATION_FORM
    if call.request.method == "POST":
        form = form.filled(await call.form())
        if not form.errors:
            decision = form.values["decision"]
            await call.database.write(
                moderation.decide, number, call.somebody(), decision, call.now
            )
            return redirect(QUEUE)
    return page(call, "moderation_detail.html", case=case, form=form)


async def decide_many(call: Call) -> Response:
    form = await call.form()
    values = [str(value) for value in form.getlist("review")]
    numbers = [int(value) for value in values if value.isdecimal() and len(value) < 20]
    numbers = [number for number in numbers if number <= LARGEST_NUMBER]
    decision = str(form.get("decision", ""))
    if decision not in moderation.DECISIONS:
        return notices.leave(redirect(QUEUE), "error", "Publish or reject?")
    decided = await call.database.write(
        moderation.decide_waiting, numbers, call.somebody(), decision, call.now
    )
    return notices.leave(redirect(QUEUE), "success", f"{decided} reviews {decision}.")


routes = [
    Route(QUEUE, PageEndpoint({"GET": queue}, staff, is_view=True)),
    Route(QUEUE + "bulk", PageEndpoint({"POST": decide_many}, staff)),
    Route(QUEUE + "{number:number}", PageEndpoint(both(decide), staff)),
]
