"""Models of widely installed packages, which a program's own models extend and refer to.

A package's own source is not part of the monolith, so its tables are written down here; a model that is not is
assumed to follow Django's naming (``app_model``, primary key ``id``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from strangler_analyzers.frameworks.django.models.fields import FORWARD, Field, FieldKind
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame


@dataclass(frozen=True, slots=True)
class LibraryField:
    """A field of an installed model; `target` is the label of the related model (``auth.user``)."""

    name: str
    kind: FieldKind
    type: str
    nullable: bool = False
    primary_key: bool = False
    target: str = ""
    related_name: str | None = None

    def declared(self, scope: Scope) -> Field:
        """The field as if `scope` declared it."""
        return Field(
            self.name,
            self.kind,
            self.type,
            Frame(scope),
            scope.location,
            nullable=self.nullable,
            primary_key=self.primary_key,
            target_label=self.target,
            related_name=self.related_name,
            on_delete="CASCADE" if self.kind in FORWARD else "",
        )


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model outside the program: imported from `path`, known to Django by `label` and `name`."""

    path: str
    label: str
    name: str
    table: str
    fields: tuple[LibraryField, ...] = ()
    abstract: bool = False

    @property
    def key(self) -> str:
        """``label.name`` in lower case, as lazy references are compared."""
        return f"{self.label}.{self.name}".lower()

    @property
    def primary_key(self) -> str:
        """The column of the primary key."""
        for field in self.fields:
            if field.primary_key:
                return f"{field.name}_id" if field.kind in FORWARD else field.name
        return "id"


_SHORT_KINDS = {
    "ForeignKey": FieldKind.FOREIGN_KEY,
    "OneToOneField": FieldKind.ONE_TO_ONE,
    "ManyToManyField": FieldKind.MANY_TO_MANY,
}


def _field(text: str) -> LibraryField:
    """``name:Type``; then ``!``: primary key, ``?``: nullable, ``>app.model``: target, ``~name``: the way back."""
    text, _, related = text.partition("~")
    text, _, target = text.partition(">")
    name, _, kind = text.partition(":")
    type_name = kind.rstrip("!?")
    return LibraryField(
        name,
        _SHORT_KINDS.get(type_name, FieldKind.COLUMN),
        type_name,
        nullable="?" in kind,
        primary_key="!" in kind,
        target=target,
        related_name=related or None,
    )


def _fields(text: str) -> tuple[LibraryField, ...]:
    return tuple(_field(part) for part in text.split())


def _abstract(path: str, fields: str = "") -> LibraryModel:
    return LibraryModel(path, "", path.rpartition(".")[2], "", _fields(fields), abstract=True)


def _concrete(path: str, label: str, fields: str) -> LibraryModel:
    name = path.rpartition(".")[2]
    declared = _fields(fields)
    if not any(field.primary_key for field in declared):
        declared = (_field("id:AutoField!"), *declared)
    return LibraryModel(path, label, name, f"{label}_{name.lower()}", declared)


_BASE_USER = "password:CharField last_login:DateTimeField?"
_PERMISSIONS = (
    "is_superuser:BooleanField groups:ManyToManyField>auth.group~user_set "
    "user_permissions:ManyToManyField>auth.permission~user_set"
)
_USER = (
    f"{_BASE_USER} {_PERMISSIONS} username:CharField first_name:CharField last_name:CharField email:EmailField "
    "is_staff:BooleanField is_active:BooleanField date_joined:DateTimeField"
)
_USER_KEY = "user:ForeignKey>settings.auth_user_model"
_MP_NODE = "path:CharField depth:PositiveIntegerField numchild:PositiveIntegerField"
_OAUTH_APPLICATION = (
    f"id:BigAutoField! client_id:CharField {_USER_KEY} redirect_uris:TextField post_logout_redirect_uris:TextField "
    "client_type:CharField authorization_grant_type:CharField client_secret:CharField hash_client_secret:BooleanField "
    "name:CharField skip_authorization:BooleanField created:DateTimeField updated:DateTimeField algorithm:CharField "
    "allowed_origins:TextField"
)
_OAUTH_TOKEN = (
    f"id:BigAutoField! {_USER_KEY} application:ForeignKey>oauth2_provider.application expires:DateTimeField "
    "scope:TextField created:DateTimeField updated:DateTimeField"
)
_OTP_DEVICE = f"{_USER_KEY} name:CharField confirmed:BooleanField"

_ABSTRACT = (
    _abstract("django.db.models.Model"),
    _abstract("django.db.models.base.Model"),
    _abstract("django.contrib.gis.db.models.Model"),
    _abstract("django.contrib.auth.models.AbstractUser", _USER),
    _abstract("django.contrib.auth.models.AbstractBaseUser", _BASE_USER),
    _abstract("django.contrib.auth.base_user.AbstractBaseUser", _BASE_USER),
    _abstract("django.contrib.auth.models.PermissionsMixin", _PERMISSIONS),
    _abstract(
        "django.contrib.sessions.base_session.AbstractBaseSession",
        "session_key:CharField! session_data:TextField expire_date:DateTimeField",
    ),
    _abstract("treebeard.models.Node"),
    _abstract("treebeard.mp_tree.MP_Node", _MP_NODE),
    _abstract(
        "treebeard.ns_tree.NS_Node",
        "lft:PositiveIntegerField rgt:PositiveIntegerField tree_id:PositiveIntegerField depth:PositiveIntegerField",
    ),
    _abstract("treebeard.al_tree.AL_Node"),
    _abstract("tree_queries.models.TreeNode", "parent:ForeignKey?>self~children"),
    _abstract(
        "mptt.models.MPTTModel",
        "lft:PositiveIntegerField rght:PositiveIntegerField tree_id:PositiveIntegerField level:PositiveIntegerField",
    ),
    _abstract(
        "polymorphic.models.PolymorphicModel", "polymorphic_ctype:ForeignKey?>contenttypes.contenttype~polymorphic_+"
    ),
    _abstract("model_utils.models.TimeStampedModel", "created:DateTimeField modified:DateTimeField"),
    _abstract("model_utils.models.TimeFramedModel", "start:DateTimeField? end:DateTimeField?"),
    _abstract("model_utils.models.StatusModel", "status:CharField status_changed:DateTimeField"),
    _abstract("model_utils.models.SoftDeletableModel", "is_removed:BooleanField"),
    _abstract("model_utils.models.UUIDModel", "id:UUIDField!"),
    _abstract("django_extensions.db.models.TimeStampedModel", "created:DateTimeField modified:DateTimeField"),
    _abstract("django_extensions.db.models.TitleDescriptionModel", "title:CharField description:TextField?"),
    _abstract(
        "django_extensions.db.models.TitleSlugDescriptionModel", "title:CharField description:TextField? slug:SlugField"
    ),
    _abstract(
        "django_extensions.db.models.ActivatorModel",
        "status:IntegerField activate_date:DateTimeField? deactivate_date:DateTimeField?",
    ),
    _abstract("safedelete.models.SafeDeleteModel", "deleted:DateTimeField? deleted_by_cascade:BooleanField"),
    _abstract("solo.models.SingletonModel"),
    _abstract("ordered_model.models.OrderedModel", "order:PositiveIntegerField"),
    _abstract("ordered_model.models.OrderedModelBase"),
    _abstract("parler.models.TranslatableModel"),
    _abstract("modelcluster.models.ClusterableModel"),
    _abstract("taggit.models.TagBase", "name:CharField slug:SlugField"),
    _abstract("taggit.models.ItemBase"),
    _abstract("taggit.models.TaggedItemBase", "tag:ForeignKey>taggit.tag"),
    _abstract("taggit.models.CommonGenericTaggedItemBase", "content_type:ForeignKey>contenttypes.contenttype"),
    _abstract(
        "taggit.models.GenericTaggedItemBase",
        "object_id:IntegerField content_type:ForeignKey>contenttypes.contenttype",
    ),
    _abstract(
        "taggit.models.GenericUUIDTaggedItemBase",
        "object_id:UUIDField content_type:ForeignKey>contenttypes.contenttype",
    ),
    _abstract("oauth2_provider.models.AbstractApplication", _OAUTH_APPLICATION),
    _abstract(
        "oauth2_provider.models.AbstractGrant",
        f"id:BigAutoField! {_USER_KEY} code:CharField application:ForeignKey>oauth2_provider.application "
        "expires:DateTimeField redirect_uri:TextField scope:TextField created:DateTimeField updated:DateTimeField "
        "code_challenge:CharField code_challenge_method:CharField nonce:CharField claims:TextField",
    ),
    _abstract(
        "oauth2_provider.models.AbstractAccessToken",
        f"{_OAUTH_TOKEN} source_refresh_token:OneToOneField?>oauth2_provider.refreshtoken token:TextField "
        "id_token:OneToOneField?>oauth2_provider.idtoken",
    ),
    _abstract(
        "oauth2_provider.models.AbstractRefreshToken",
        f"id:BigAutoField! {_USER_KEY} token:CharField application:ForeignKey>oauth2_provider.application "
        "access_token:OneToOneField?>oauth2_provider.accesstoken created:DateTimeField updated:DateTimeField "
        "revoked:DateTimeField?",
    ),
    _abstract("oauth2_provider.models.AbstractIDToken", f"{_OAUTH_TOKEN} jti:UUIDField"),
    _abstract("django_otp.models.Device", _OTP_DEVICE),
    _abstract("django_otp.models.SideChannelDevice", f"{_OTP_DEVICE} token:CharField? valid_until:DateTimeField"),
    _abstract(
        "django_otp.models.ThrottlingMixin",
        "throttling_failure_timestamp:DateTimeField? throttling_failure_count:PositiveIntegerField",
    ),
    _abstract("django_otp.models.CooldownMixin", "last_generated_timestamp:DateTimeField?"),
    _abstract("django_otp.models.TimestampMixin", "created_at:DateTimeField? last_used_at:DateTimeField?"),
    _abstract("guardian.models.UserObjectPermissionBase", f"permission:ForeignKey>auth.permission {_USER_KEY}"),
    _abstract(
        "guardian.models.GroupObjectPermissionBase",
        "permission:ForeignKey>auth.permission group:ForeignKey>auth.group",
    ),
)

_CONCRETE = (
    _concrete("django.contrib.auth.models.User", "auth", _USER),
    _concrete("django.contrib.auth.models.Group", "auth", "name:CharField permissions:ManyToManyField>auth.permission"),
    _concrete(
        "django.contrib.auth.models.Permission",
        "auth",
        "name:CharField content_type:ForeignKey>contenttypes.contenttype codename:CharField",
    ),
    LibraryModel(
        "django.contrib.contenttypes.models.ContentType",
        "contenttypes",
        "ContentType",
        "django_content_type",
        _fields("id:AutoField! app_label:CharField model:CharField"),
    ),
    LibraryModel(
        "django.contrib.sessions.models.Session",
        "sessions",
        "Session",
        "django_session",
        _fields("session_key:CharField! session_data:TextField expire_date:DateTimeField"),
    ),
    LibraryModel(
        "django.contrib.sites.models.Site",
        "sites",
        "Site",
        "django_site",
        _fields("id:AutoField! domain:CharField name:CharField"),
    ),
    LibraryModel(
        "django.contrib.admin.models.LogEntry",
        "admin",
        "LogEntry",
        "django_admin_log",
        _fields(
            "id:AutoField! action_time:DateTimeField user:ForeignKey>settings.auth_user_model "
            "content_type:ForeignKey?>contenttypes.contenttype object_id:TextField? object_repr:CharField "
            "action_flag:PositiveSmallIntegerField change_message:TextField"
        ),
    ),
    LibraryModel(
        "django.contrib.flatpages.models.FlatPage",
        "flatpages",
        "FlatPage",
        "django_flatpage",
        _fields(
            "id:AutoField! url:CharField title:CharField content:TextField enable_comments:BooleanField "
            "template_name:CharField registration_required:BooleanField sites:ManyToManyField>sites.site"
        ),
    ),
    LibraryModel(
        "django.contrib.redirects.models.Redirect",
        "redirects",
        "Redirect",
        "django_redirect",
        _fields("id:AutoField! site:ForeignKey>sites.site old_path:CharField new_path:CharField"),
    ),
    _concrete(
        "rest_framework.authtoken.models.Token",
        "authtoken",
        "key:CharField! user:OneToOneField>settings.auth_user_model~auth_token created:DateTimeField",
    ),
    _concrete("taggit.models.Tag", "taggit", "name:CharField slug:SlugField"),
    _concrete(
        "taggit.models.TaggedItem",
        "taggit",
        "tag:ForeignKey>taggit.tag object_id:IntegerField content_type:ForeignKey>contenttypes.contenttype",
    ),
    _concrete("oauth2_provider.models.Application", "oauth2_provider", _OAUTH_APPLICATION),
    _concrete(
        "wagtail.models.Page",
        "wagtailcore",
        f"{_MP_NODE} title:CharField slug:SlugField content_type:ForeignKey>contenttypes.contenttype live:BooleanField "
        f"owner:ForeignKey?>settings.auth_user_model locale:ForeignKey>wagtailcore.locale",
    ),
    _concrete("wagtail.models.Site", "wagtailcore", "hostname:CharField port:IntegerField site_name:CharField"),
    _concrete("wagtail.models.Locale", "wagtailcore", "language_code:CharField"),
    _concrete("wagtail.images.models.Image", "wagtailimages", "title:CharField file:ImageField"),
    _concrete("wagtail.documents.models.Document", "wagtaildocs", "title:CharField file:FileField"),
    LibraryModel(
        "cms.models.pluginmodel.CMSPlugin",
        "cms",
        "CMSPlugin",
        "cms_cmsplugin",
        _fields("id:AutoField! placeholder:ForeignKey?>cms.placeholder plugin_type:CharField language:CharField"),
    ),
)

_ALIASES = {
    "wagtail.core.models.Page": "wagtail.models.Page",
    "wagtail.wagtailcore.models.Page": "wagtail.models.Page",
    "wagtail.core.models.Site": "wagtail.models.Site",
    "cms.models.CMSPlugin": "cms.models.pluginmodel.CMSPlugin",
    "polymorphic.PolymorphicModel": "polymorphic.models.PolymorphicModel",
    "model_utils.TimeStampedModel": "model_utils.models.TimeStampedModel",
}

BY_PATH = {model.path: model for model in (*_ABSTRACT, *_CONCRETE)}
BY_PATH.update({alias: BY_PATH[path] for alias, path in _ALIASES.items()})
BY_KEY = {model.key: model for model in _CONCRETE}


def by_path(path: str) -> LibraryModel | None:
    """The installed model behind a dotted path; a class in a package's ``models`` module is taken for one."""
    known = BY_PATH.get(path)
    if known is not None:
        return known
    module, _, name = path.rpartition(".")
    parts = module.split(".")
    if "models" in parts[1:] and name[:1].isupper() and not path.startswith("django."):
        label = parts[parts.index("models", 1) - 1]
        return LibraryModel(path, label, name, f"{label}_{name.lower()}")
    return None


def by_key(label: str, name: str) -> LibraryModel:
    """The installed model that a lazy reference names; an unknown one is assumed to follow Django's naming."""
    known = BY_KEY.get(f"{label}.{name}".lower())
    return known or LibraryModel(f"{label}.models.{name}", label, name, f"{label}_{name.lower()}")


@lru_cache(maxsize=16_384)
def library_part(path: str) -> tuple[LibraryModel | None, str]:
    """The installed model a value's path begins with, and what comes after it: ``""``, ``()``, ``.objects.filter``."""
    head, bracket, _ = path.partition("[")[0].partition("(")
    if bracket:
        model = _declared(head)
        return model, path[len(head) :]
    while "." in head:
        model = _declared(head)
        if model is not None:
            return model, path[len(head) :]
        head = head.rpartition(".")[0]
    return None, ""


@dataclass(frozen=True, slots=True)
class LibraryRows:
    """Rows of an installed model, the relation they were reached through, and the method called, if any."""

    model: LibraryModel
    related: str
    method: str


def rows_path(model: LibraryModel, related: str = "") -> str:
    """The path of a value that represents rows of an installed model."""
    return f"{model.path}.objects[{related}]" if related else f"{model.path}.objects"


@lru_cache(maxsize=16_384)
def library_rows(path: str) -> LibraryRows | None:
    """The rows encoded in a path by `rows_path`, or a method of them."""
    model, rest = library_part(path)
    if model is None or not rest.startswith(".objects"):
        return None
    rest = rest.removeprefix(".objects")
    related = ""
    if rest.startswith("["):
        related, _, rest = rest[1:].partition("]")
    return LibraryRows(model, related, rest.removeprefix("."))


def _declared(path: str) -> LibraryModel | None:
    model = by_path(path)
    return None if model is None or model.abstract else model
