"""Inbox lines and mail. Mail is written into a table first and sent after the commit."""

import logging
from typing import Any

import httpx
from django.conf import settings
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from shop.customers.models import Customer
from shop.notifications.models import Notification, OutboundMail, Preference
from shop.utils import mask_email, provider_client

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3


def notify(
    customer: Customer, kind: str, message: str, target: models.Model | None = None
) -> Notification:
    return Notification.objects.create(
        recipient=customer, kind=kind, message=message[:200], target=target
    )


def mark_all_read(customer: Customer) -> int:
    return customer.notifications.filter(read_at__isnull=True).update(read_at=timezone.now())


def preference_of(customer: Customer) -> Preference:
    preference, _ = Preference.objects.get_or_create(customer=customer)
    return preference


def queue_mail(
    recipient: str, subject: str, template: str, context: dict[str, Any]
) -> OutboundMail:
    """Stores the mail with the caller's transaction; sends it when that has committed."""
    body = render_to_string(template, {"shop_name": settings.SHOP_NAME, **context})
    mail = OutboundMail.objects.create(recipient=recipient, subject=subject[:150], body=body)
    transaction.on_commit(lambda: deliver(mail))
    return mail


def deliver(mail: OutboundMail) -> bool:
    """One attempt. A mail that fails stays queued until it has failed MAX_ATTEMPTS times."""
    mail.attempts += 1
    try:
        response = provider_client("mail").post(
            "/v1/messages",
            json={
                "from": settings.SHOP_EMAIL,
                "to": mail.recipient,
                "subject": mail.subject,
                "text": mail.body,
            },
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        logger.warning("mail to %s failed: %s", mask_email(mail.recipient), error)
        if mail.attempts >= MAX_ATTEMPTS:
            mail.status = OutboundMail.Status.FAILED
    else:
        mail.status = OutboundMail.Status.SENT
        mail.provider_reference = response.json().get("id", "")
        mail.sent_at = timezone.now()
    mail.save(update_fields=["attempts", "status", "provider_reference", "sent_at"])
    return mail.status == OutboundMail.Status.SENT


def deliver_queue(limit: int = 100) -> tuple[int, int]:
    """(sent, failed) of up to ``limit`` queued mails, oldest first."""
    sent = failed = 0
    for mail in OutboundMail.objects.filter(status=OutboundMail.Status.QUEUED)[:limit]:
        if deliver(mail):
            sent += 1
        else:
            failed += 1
    return sent, failed
