from django.dispatch import Signal

review_published = Signal()  # review
review_rejected = Signal()  # review, reason
