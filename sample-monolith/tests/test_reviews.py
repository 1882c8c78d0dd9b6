from decimal import Decimal

from shop.notifications.models import Notification
from shop.reviews.models import Review, Vote
from shop.reviews.services import (
    NotAllowed,
    cast_vote,
    clean_review,
    edit_review,
    flag_review,
    moderate,
    moderate_many,
    remove_review,
    withdraw_vote,
)
from shop.utils import BadInput
from tests.shop_case import ShopTestCase

URL = "/products/skillet/reviews/"


class RatingTest(ShopTestCase):
    def assert_rating(self, average: str, count: int) -> None:
        self.skillet.refresh_from_db()
        self.assertEqual(
            (self.skillet.rating_avg, self.skillet.review_count), (Decimal(average), count)
        )

    def test_new_reviews_count(self) -> None:
        self.write(self.ada, 5)
        self.write(self.ben, 2)
        self.assert_rating("3.50", 2)

    def test_editing_changes_the_average(self) -> None:
        review = self.write(self.ada, 5)
        edit_review(review, self.ada, {"rating": 1}, partial=True)
        self.assert_rating("1.00", 1)

    def test_hidden_and_removed_reviews_do_not_count(self) -> None:
        hidden, removed = self.write(self.ada, 1), self.write(self.ben, 1)
        self.write(self.staff, 5)
        remove_review(hidden, self.ada)
        remove_review(removed, self.staff, hard=True)
        self.assert_rating("5.00", 1)

    def test_waiting_reviews_count_once_published(self) -> None:
        review = self.write(self.ada, 5, "Better at www.example.org")
        self.assert_rating("0.00", 0)
        moderate(review, self.staff.user, "published")
        self.assert_rating("5.00", 1)

    def test_bulk_moderation_forgets_the_rating(self) -> None:
        """A known fault of the shop: one statement, no signal. ``recalculate_ratings`` mends it."""
        review = self.write(self.ada, 5, "Better at www.example.org")
        self.assertEqual(moderate_many([review.pk], self.staff.user, "published"), 1)
        self.assert_rating("0.00", 0)


class WritingTest(ShopTestCase):
    def test_author_is_kept_as_a_snapshot(self) -> None:
        review = self.write()
        self.assertEqual(
            (review.author_name, review.author_email, review.ip_address),
            ("Ada", "ada@example.com", "198.51.100.7"),
        )

    def test_buyers_are_verified(self) -> None:
        self.buy((self.skillet, 1))
        self.assertTrue(self.write(self.ada).verified_purchase)
        self.assertFalse(self.write(self.ben).verified_purchase)

    def test_verified_review_earns_points(self) -> None:
        self.buy((self.skillet, 1))
        before = type(self.ada).objects.get(pk=self.ada.pk).loyalty_points
        self.write(self.ada)
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.loyalty_points, before + 5)

    def test_renamed_customer_is_renamed_on_reviews(self) -> None:
        review = self.write()
        self.ada.display_name = "Ada L."
        self.ada.save()
        review.refresh_from_db()
        self.assertEqual(review.author_name, "Ada L.")

    def test_every_wrong_field_is_named(self) -> None:
        for rating in (0, 6, "five", None, True, 4.5):
            with self.subTest(rating=rating), self.assertRaises(BadInput) as caught:
                clean_review({"rating": rating, "text": " ", "title": "x" * 121})
            self.assertEqual(set(caught.exception.errors), {"rating", "text", "title"})

    def test_edit_moves_the_updated_time_and_only_that(self) -> None:
        review = self.write()
        changed = edit_review(review, self.ada, {"text": "Now I know better."}, partial=True)
        self.assertGreater(changed.updated, review.updated)
        self.assertEqual(changed.created, review.created)

    def test_edited_into_spam_waits_again(self) -> None:
        review = edit_review(self.write(), self.ada, {"text": "casino!"}, partial=True)
        self.assertEqual(review.status, Review.Status.PENDING)

    def test_only_author_and_staff_may_edit(self) -> None:
        review = self.write(self.ada)
        with self.assertRaises(NotAllowed):
            edit_review(review, self.ben, {"rating": 1}, partial=True)
        edit_review(review, self.staff, {"rating": 1}, partial=True)

    def test_hiding_keeps_the_row_and_removing_takes_the_votes_along(self) -> None:
        review = self.write(self.ada)
        cast_vote(review, self.ben, 1)
        remove_review(review, self.ada)
        self.assertIsNotNone(Review.objects.get().deleted_at)
        with self.assertRaises(NotAllowed):
            remove_review(review, self.ada, hard=True)
        remove_review(review, self.staff, hard=True)
        self.assertFalse(Review.objects.exists() or Vote.objects.exists())


class VotingTest(ShopTestCase):
    def test_votes_add_up_and_can_be_changed_and_withdrawn(self) -> None:
        review = self.write(self.ada)
        cast_vote(review, self.ben, 1)
        cast_vote(review, self.staff, 1)
        self.assertEqual(review.helpful_count, 2)
        _, created = cast_vote(review, self.ben, -1)
        self.assertEqual((created, review.helpful_count), (False, 0))
        self.assertTrue(withdraw_vote(review, self.ben))
        self.assertFalse(withdraw_vote(review, self.ben))
        review.refresh_from_db()
        self.assertEqual(review.helpful_count, 1)

    def test_nobody_votes_on_their_own(self) -> None:
        with self.assertRaises(NotAllowed):
            cast_vote(self.write(self.ada), self.ada, 1)

    def test_other_values_are_refused(self) -> None:
        with self.assertRaises(BadInput):
            cast_vote(self.write(self.ada), self.ben, 5)


class ModerationTest(ShopTestCase):
    def test_shouting_and_links_wait(self) -> None:
        for text in ("THIS IS THE BEST SKILLET EVER MADE", "see https://example.org"):
            self.assertEqual(self.write(text=text).status, Review.Status.PENDING)

    def test_three_complaints_hide_a_review(self) -> None:
        review = self.write()
        for _ in range(3):
            flag_review(review)
        review.refresh_from_db()
        self.assertEqual((review.status, review.flag_count), (Review.Status.PENDING, 3))

    def test_author_hears_of_the_decision(self) -> None:
        review = self.write(text="casino")
        moderate(review, self.staff.user, "rejected", "advertising")
        message = Notification.objects.get(recipient=self.ada, kind="review").message
        self.assertIn("not published: advertising", message)

    def test_decision_is_signed(self) -> None:
        review = moderate(self.write(text="casino"), self.staff.user, "published")
        self.assertEqual(review.moderated_by, self.staff.user)
        self.assertIsNotNone(review.moderated_at)

    def test_queue_is_for_staff(self) -> None:
        self.write(text="casino")
        self.assertEqual(self.client.get("/backoffice/moderation/").status_code, 302)
        self.log_in(self.ben)
        self.assertEqual(self.client.get("/backoffice/moderation/").status_code, 403)
        self.log_in(self.staff)
        self.assertContains(self.client.get("/backoffice/moderation/"), "casino")

    def test_decision_on_the_page_is_audited(self) -> None:
        review = self.write(text="casino")
        self.log_in(self.staff)
        self.client.post(f"/backoffice/moderation/{review.pk}", {"decision": "published"})
        review.refresh_from_db()
        self.assertTrue(review.is_visible)
        self.assertEqual(self.staff.user.audit_entries.get().action, "review.moderated")


class ReviewPagesTest(ShopTestCase):
    def test_product_page_shows_visible_reviews_with_their_numbers(self) -> None:
        self.write(self.ada, 4, "Heavy and good.")
        self.write(self.ben, 1, "www.example.org")
        response = self.client.get("/products/skillet/")
        self.assertContains(response, "Heavy and good.")
        self.assertContains(response, "4.0 from 1 reviews")
        self.assertNotContains(response, "example.org")

    def test_writing_needs_a_login(self) -> None:
        response = self.client.post(f"{URL}new", {"rating": 5, "text": "x"})
        self.assertRedirects(
            response, f"/accounts/login?next={URL}new", fetch_redirect_response=False
        )

    def test_second_review_becomes_an_edit(self) -> None:
        self.log_in(self.ada)
        self.client.post(f"{URL}new", {"rating": 5, "title": "", "text": "First."})
        review = Review.objects.get()
        response = self.client.get(f"{URL}new")
        self.assertRedirects(response, f"{URL}{review.pk}/edit")

    def test_edit_page_belongs_to_the_author(self) -> None:
        review = self.write(self.ada)
        self.log_in(self.ben)
        self.assertEqual(self.client.get(f"{URL}{review.pk}/edit").status_code, 403)
        self.log_in(self.ada)
        self.client.post(f"{URL}{review.pk}/edit", {"rating": 2, "title": "", "text": "Hm."})
        review.refresh_from_db()
        self.assertEqual((review.rating, review.text), (2, "Hm."))

    def test_delete_vote_and_report_from_the_page(self) -> None:
        review = self.write(self.ada)
        self.log_in(self.ben)
        self.client.post(f"{URL}{review.pk}/vote", {"value": "1"})
        self.client.post(f"{URL}{review.pk}/flag")
        self.assertEqual(self.client.post(f"{URL}{review.pk}/delete").status_code, 403)
        review.refresh_from_db()
        self.assertEqual((review.helpful_count, review.flag_count), (1, 1))
        self.log_in(self.ada)
        self.client.post(f"{URL}{review.pk}/delete")
        self.assertNotContains(self.client.get(URL), "Does what it should.")

    def test_list_is_sorted_as_asked(self) -> None:
        self.write(self.ada, 5, "the better one")
        self.write(self.ben, 2, "the worse one")
        page = self.client.get(f"{URL}?sort=worst").content.decode()
        self.assertLess(page.index("the worse one"), page.index("the better one"))

    def test_feature_can_be_switched_off(self) -> None:
        with self.settings(FEATURES={"reviews": False}):
            self.assertEqual(self.client.get(URL).status_code, 404)
            self.assertNotContains(self.client.get("/products/skillet/"), "All reviews")
