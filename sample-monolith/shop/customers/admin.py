from django.contrib import admin

from shop.customers.models import Address, Customer, FeatureFlag, LoyaltyEntry, WishlistItem

admin.site.register([LoyaltyEntry, WishlistItem])


class AddressInline(admin.TabularInline):
    model = Address
    extra = 0


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["display_name", "email", "tier", "loyalty_points"]
    list_filter = ["tier"]
    search_fields = ["display_name", "email"]
    inlines = [AddressInline]


@admin.register(FeatureFlag)
class FeatureFlagAdmin(admin.ModelAdmin):
    list_display = ["name", "enabled"]
    list_editable = ["enabled"]
    raw_id_fields = ["testers"]
