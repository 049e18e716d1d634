from django.urls import path

from .views import naming, packages, plans, reports

app_name = "packages"

urlpatterns = [
    path("<slug:clinic>/packages/", packages.package_list, name="package_list"),
    path("<slug:clinic>/packages/<uuid:package_id>/", packages.package_detail, name="package_detail"),
    path("<slug:clinic>/packages/<uuid:package_id>/adjustments/", packages.adjustment, name="adjustment"),
    path("<slug:clinic>/packages/<uuid:package_id>/people/", naming.naming, name="naming"),
    path(
        "<slug:clinic>/packages/<uuid:package_id>/people/<uuid:relation_id>/unnaming/",
        naming.unnaming,
        name="unnaming",
    ),
    path(
        "<slug:clinic>/patients/<uuid:patient_id>/naming/", naming.naming_elsewhere, name="naming_elsewhere"
    ),
    path("<slug:clinic>/plans/", plans.plan_list, name="plan_list"),
    path("<slug:clinic>/plans/new/", plans.plan_new, name="plan_new"),
    path("<slug:clinic>/plans/<uuid:plan_id>/", plans.plan_detail, name="plan_detail"),
    path("<slug:clinic>/reports/liability/", reports.liability, name="liability"),
]
