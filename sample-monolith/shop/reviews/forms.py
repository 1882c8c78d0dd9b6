from django import forms

from shop.reviews.models import Review


class ReviewForm(forms.ModelForm):
    rating = forms.TypedChoiceField(
        coerce=int, choices=[(stars, "★" * stars) for stars in range(5, 0, -1)]
    )

    class Meta:
        model = Review
        fields = ["rating", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 6})}


class ModerationForm(forms.Form):
    decision = forms.ChoiceField(choices=[("published", "Publish"), ("rejected", "Reject")])
    reason = forms.CharField(max_length=120, required=False)
