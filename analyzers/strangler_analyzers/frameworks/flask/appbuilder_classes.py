"""Flask-AppBuilder's own classes: what they expose, and below which path.

Version 5.0, and of `security` also what 4.8 had for OpenID. Keys are names of classes. Each class has what it
inherits as well, since nothing of the package is analysed.
"""

from __future__ import annotations

from collections.abc import Mapping

from strangler_analyzers.frameworks.flask.exposed import Exposed

_BOTH = ("GET", "POST")
_FORM = {"this_form_get": (Exposed("/form"),), "this_form_post": (Exposed("/form", ("POST",)),)}
_CHART = (Exposed("/chart/<group_by>"), Exposed("/chart/"))
_API = {
    "info": (Exposed("/_info"),),
    "get": (Exposed("/<pk>"),),
    "get_list": (Exposed("/"),),
    "post": (Exposed("/", ("POST",)),),
    "put": (Exposed("/<pk>", ("PUT",)),),
    "delete": (Exposed("/<pk>", ("DELETE",)),),
}
_CRUD = {
    "list": (Exposed("/list/"),),
    "show": (Exposed("/show/<pk>"),),
    "add": (Exposed("/add", _BOTH),),
    "edit": (Exposed("/edit/<pk>", _BOTH),),
    "delete": (Exposed("/delete/<pk>", _BOTH),),
    "download": (Exposed("/download/<filename>"),),
    "action": (Exposed("/action/<name>/<pk>", _BOTH),),
    "action_post": (Exposed("/action_post", ("POST",)),),
}
_LOGOUT = {"logout": (Exposed("/logout/"),)}
_LOGIN = {"login": (Exposed("/login/", _BOTH),), **_LOGOUT}
_USERS = {**_CRUD, "userinfo": (Exposed("/userinfo/"),)}

EXPOSED: Mapping[str, Mapping[str, tuple[Exposed, ...]]] = {
    "IndexView": {"index": (Exposed("/"),)},
    "SimpleFormView": _FORM,
    "PublicFormView": _FORM,
    "ModelRestApi": _API,
    "ModelView": _CRUD,
    "MasterDetailView": {"list": (Exposed("/list/"), Exposed("/list/<pk>"))},
    "MultipleView": {"list": (Exposed("/list/"),)},
    "CompactCRUDMixin": {
        "list": (Exposed("/list/", _BOTH),),
        "add": (Exposed("/add/", _BOTH),),
        "edit": (Exposed("/edit/<pk>", _BOTH),),
        "delete": (Exposed("/delete/<pk>", _BOTH),),
    },
    "GroupByChartView": {"chart": _CHART},
    "DirectByChartView": {"chart": _CHART},
    "ChartView": {"chart": _CHART},
    "TimeChartView": {"chart": (Exposed("/chart/<group_by>/<period>"), Exposed("/chart/"))},
    "DirectChartView": {"chart": _CHART},
    "UserStatsChartView": {"chart": _CHART},
    "AuthView": _LOGIN,
    "AuthDBView": _LOGIN,
    "AuthLDAPView": _LOGIN,
    "AuthOAuthView": {
        "login": (Exposed("/login/"), Exposed("/login/<provider>")),
        "oauth_authorized": (Exposed("/oauth-authorized/<provider>"),),
        **_LOGOUT,
    },
    "AuthOIDView": _LOGIN,
    "AuthRemoteUserView": {"login": (Exposed("/login/"),), **_LOGOUT},
    "ResetMyPasswordView": _FORM,
    "ResetPasswordView": _FORM,
    "UserInfoEditView": _FORM,
    "UserModelView": _USERS,
    "UserDBModelView": _USERS,
    "UserLDAPModelView": _USERS,
    "UserOAuthModelView": _USERS,
    "UserOIDModelView": _USERS,
    "UserRemoteUserModelView": _USERS,
    "RoleModelView": _CRUD,
    "UserGroupModelView": _CRUD,
    "RegisterUserModelView": _CRUD,
    "PermissionModelView": _CRUD,
    "ViewMenuModelView": _CRUD,
    "PermissionViewModelView": _CRUD,
    "SecurityApi": {"login": (Exposed("/login", ("POST",)),), "refresh": (Exposed("/refresh", ("POST",)),)},
    "UserApi": _API,
    "GroupApi": _API,
    "PermissionApi": {name: _API[name] for name in ("info", "get", "get_list")},
    "ViewMenuApi": _API,
    "PermissionViewMenuApi": _API,
    "RoleApi": {
        **_API,
        "list_role_permissions": (Exposed("/<int:role_id>/permissions/"),),
        "add_role_permissions": (Exposed("/<int:role_id>/permissions", ("POST",)),),
        "update_role_users": (Exposed("/<int:role_id>/users", ("PUT",)),),
        "update_role_groups": (Exposed("/<int:role_id>/groups", ("PUT",)),),
    },
}
"""The exposed methods of each class, by name."""

ROUTE_BASES = {
    "IndexView": "",
    "AuthView": "",
    "AuthDBView": "",
    "AuthLDAPView": "",
    "AuthOAuthView": "",
    "AuthOIDView": "",
    "AuthRemoteUserView": "",
    "ResetMyPasswordView": "/resetmypassword",
    "ResetPasswordView": "/resetpassword",
    "UserModelView": "/users",
    "UserDBModelView": "/users",
    "UserLDAPModelView": "/users",
    "UserOAuthModelView": "/users",
    "UserOIDModelView": "/users",
    "UserRemoteUserModelView": "/users",
    "RoleModelView": "/roles",
    "UserGroupModelView": "/groups",
    "RegisterUserModelView": "/registeruser",
    "PermissionModelView": "/permissions",
    "ViewMenuModelView": "/viewmenus",
    "PermissionViewModelView": "/permissionviews",
}
"""The `route_base` of each class that has one."""

RESOURCES: dict[str, str | None] = {
    "BaseApi": None,
    "ModelRestApi": None,
    "SecurityApi": "security",
    "UserApi": "security/users",
    "RoleApi": "security/roles",
    "GroupApi": "security/groups",
    "PermissionApi": "security/permissions",
    "ViewMenuApi": "security/resources",
    "PermissionViewMenuApi": "security/permissions-resources",
}
"""The `resource_name` of each API; None where the class below it gives its own name."""
