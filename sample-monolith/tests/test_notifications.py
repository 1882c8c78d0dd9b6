from shop.notifications.models import Notification, OutboundMail
from shop.notifications.services import deliver, notify, preference_of
from shop.orders.services import ship_order
from tests.shop_case import ShopTestCase


class InboxTest(ShopTestCase):
    def test_line_leads_to_what_it_is_about(self) -> None:
        order = self.buy()
        line = self.ada.notifications.get(kind="order")
        self.log_in(self.ada)
        response = self.client.get(f"/inbox/{line.pk}")
        self.assertRedirects(response, order.get_absolute_url())
        line.refresh_from_db()
        self.assertIsNotNone(line.read_at)

    def test_lines_of_others_are_out_of_reach(self) -> None:
        line = notify(self.ada, "test", "hello")
        self.log_in(self.ben)
        self.assertEqual(self.client.get(f"/inbox/{line.pk}").status_code, 404)

    def test_all_read(self) -> None:
        notify(self.ada, "test", "hello")
        self.log_in(self.ada)
        self.assertContains(self.client.get("/inbox/"), "Inbox (1)")
        self.client.post("/inbox/read")
        self.assertFalse(Notification.objects.filter(read_at=None).exists())


class MailTest(ShopTestCase):
    def test_bouncing_mail_is_given_up_after_three_attempts(self) -> None:
        mail = OutboundMail.objects.create(recipient="x@bounce.example.com", subject="s", body="b")
        states = []
        for _ in range(3):
            deliver(mail)
            states.append(mail.status)
        self.assertEqual(states, ["queued", "queued", "failed"])

    def test_preference_is_respected(self) -> None:
        preference = preference_of(self.ada)
        preference.order_mail = False
        preference.save()
        ship_order(self.buy(), "staff")
        self.assertFalse(OutboundMail.objects.exists())

    def test_mail_is_plain_text(self) -> None:
        self.ada.display_name = "O'Ada"
        self.ada.save()
        self.home.name = "O'Ada"
        self.home.save()
        self.buy()
        self.assertIn("Dear O'Ada", OutboundMail.objects.get().body)
