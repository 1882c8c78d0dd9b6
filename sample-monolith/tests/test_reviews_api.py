from shop.reviews.models import Review
from tests.shop_case import ShopTestCase


class ProductReviewsApiTest(ShopTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = f"/api/products/{self.skillet.pk}/reviews"

    def test_list_has_numbers_and_pages(self) -> None:
        for rating in (5, 4, 4):
            self.write(self.ada, rating)
        data = self.call("GET", f"{self.url}?page_size=2&page=2").json()
        self.assertEqual((data["count"], data["average"], data["pages"]), (3, 4.33, 2))
        self.assertEqual(len(data["results"]), 1)

    def test_review_has_no_personal_data_beyond_the_name(self) -> None:
        self.write(self.ada)
        review = self.call("GET", self.url).json()["results"][0]
        self.assertEqual(review["author"], "Ada")
        self.assertNotIn("198.51.100.7", str(review))
        self.assertNotIn("ada@example.com", str(review))

    def test_token_may_write(self) -> None:
        body = {"rating": 5, "title": "Great", "text": "Würde ich wieder kaufen."}
        response = self.call("POST", self.url, body, self.ada)
        self.assertEqual(response.status_code, 201)
        data = response.json()
        self.assertEqual(response["Location"], f"/api/reviews/{data['id']}")
        self.assertEqual(self.call("GET", response["Location"]).json(), data)

    def test_session_may_write(self) -> None:
        self.log_in(self.ada)
        response = self.call("POST", self.url, {"rating": 3, "text": "Fine."})
        self.assertEqual(response.json()["customer_id"], self.ada.pk)

    def test_address_of_the_client_is_kept(self) -> None:
        self.client.post(
            self.url,
            {"rating": 3, "text": "Fine."},
            content_type="application/json",
            headers={**self.token_header(self.ada), "X-Forwarded-For": "203.0.113.9, 10.0.0.1"},
        )
        self.assertEqual(Review.objects.get().ip_address, "203.0.113.9")

    def test_strangers_get_401(self) -> None:
        response = self.call("POST", self.url, {"rating": 3, "text": "Fine."})
        self.assertEqual((response.status_code, response["WWW-Authenticate"]), (401, "Token"))

    def test_revoked_token_gets_401(self) -> None:
        header = self.token_header(self.ada)
        self.ada.api_tokens.update(revoked_at="2026-01-01T00:00:00Z")
        response = self.client.get("/api/whoami", headers=header)
        self.assertEqual(response.status_code, 401)

    def test_new_name_stands_on_the_next_review(self) -> None:
        self.call("GET", "/api/whoami", customer=self.ada)
        self.call("PATCH", "/api/me", {"name": "Ada L."}, self.ada)
        response = self.call("POST", self.url, {"rating": 4, "text": "Good."}, self.ada)
        self.assertEqual(response.json()["author"], "Ada L.")

    def test_bad_input_gets_400_with_the_fields(self) -> None:
        response = self.call("POST", self.url, {"rating": 11}, self.ada)
        self.assertEqual(response.status_code, 400)
        self.assertEqual(set(response.json()["errors"]), {"rating", "text"})

    def test_broken_json_gets_400(self) -> None:
        response = self.client.post(
            self.url, "{", content_type="application/json", headers=self.token_header(self.ada)
        )
        self.assertEqual(response.json()["errors"], {"body": "not valid JSON"})

    def test_unknown_product_gets_404(self) -> None:
        self.assertEqual(self.call("GET", "/api/products/999999/reviews").status_code, 404)

    def test_other_methods_get_405(self) -> None:
        response = self.call("PUT", self.url, {}, self.ada)
        self.assertEqual(response.status_code, 405)
        self.assertIn("POST", response["Allow"])


class ReviewApiTest(ShopTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.review = self.write(self.ada)
        self.url = f"/api/reviews/{self.review.pk}"

    def test_put_wants_everything_patch_only_something(self) -> None:
        self.assertEqual(self.call("PUT", self.url, {"rating": 1}, self.ada).status_code, 400)
        self.assertEqual(self.call("PATCH", self.url, {"rating": 1}, self.ada).json()["rating"], 1)
        body = {"rating": 2, "title": "t", "text": "x"}
        self.assertEqual(self.call("PUT", self.url, body, self.ada).json()["title"], "t")

    def test_others_may_not_change_it(self) -> None:
        for method in ("PUT", "PATCH", "DELETE"):
            with self.subTest(method):
                response = self.call(method, self.url, {"rating": 1, "text": "x"}, self.ben)
                self.assertEqual(response.status_code, 403)

    def test_deleted_is_gone_for_everybody(self) -> None:
        self.assertEqual(self.call("DELETE", self.url, customer=self.ada).status_code, 204)
        for customer in (None, self.ada, self.staff):
            self.assertEqual(self.call("GET", self.url, customer=customer).status_code, 404)
        self.assertTrue(Review.objects.exists())

    def test_staff_removes_for_good(self) -> None:
        url = f"{self.url}?hard=1"
        self.assertEqual(self.call("DELETE", url, customer=self.ada).status_code, 403)
        self.assertEqual(self.call("DELETE", url, customer=self.staff).status_code, 204)
        self.assertFalse(Review.objects.exists())

    def test_waiting_review_is_seen_by_author_and_staff_only(self) -> None:
        Review.objects.update(status="pending")
        statuses = [
            self.call("GET", self.url, customer=customer).status_code
            for customer in (None, self.ben, self.ada, self.staff)
        ]
        self.assertEqual(statuses, [404, 404, 200, 200])

    def test_vote_is_created_then_changed_then_withdrawn(self) -> None:
        url = f"{self.url}/votes"
        first = self.call("POST", url, {"value": 1}, self.ben)
        second = self.call("POST", url, {"value": -1}, self.ben)
        self.assertEqual((first.status_code, first.json()["helpful_count"]), (201, 1))
        self.assertEqual((second.status_code, second.json()["helpful_count"]), (200, -1))
        self.assertEqual(self.call("DELETE", url, customer=self.ben).status_code, 204)
        self.assertEqual(self.call("GET", self.url).json()["helpful_count"], 0)

    def test_own_vote_gets_403_and_nonsense_400(self) -> None:
        url = f"{self.url}/votes"
        self.assertEqual(self.call("POST", url, {"value": 1}, self.ada).status_code, 403)
        self.assertEqual(self.call("POST", url, {"value": "up"}, self.ben).status_code, 400)
        self.assertEqual(self.call("POST", url, {"value": 3}, self.ben).status_code, 400)

    def test_third_complaint_hides_it(self) -> None:
        url = f"{self.url}/flag"
        self.assertEqual(self.call("POST", url).status_code, 401)
        answers = [self.call("POST", url, customer=self.ben) for _ in range(3)]
        self.assertEqual({answer.status_code for answer in answers}, {202})
        statuses = [answer.json()["status"] for answer in answers]
        self.assertEqual(statuses, ["published", "published", "pending"])
        self.assertEqual(self.call("GET", self.url, customer=self.ben).status_code, 404)

    def test_moderation_is_for_staff(self) -> None:
        url = f"{self.url}/moderation"
        body = {"decision": "rejected", "reason": "rude"}
        self.assertEqual(self.call("POST", url, body, self.ben).status_code, 403)
        self.assertEqual(self.call("POST", url, body, self.staff).json()["status"], "rejected")

    def test_my_reviews_include_the_waiting_ones(self) -> None:
        self.write(self.ada, text="casino")
        self.assertEqual(self.call("GET", "/api/me/reviews", customer=self.ada).json()["count"], 2)
