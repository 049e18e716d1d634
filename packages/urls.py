from django.urls import path

from .views import (
    adjustments,
    agreements,
    exposure,
    extensions,
    freezes,
    liability_files,
    memberships,
    months,
    naming,
    packages,
    plans,
    referrals,
    reports,
    roll_forward,
    standing,
    transfers,
)

app_name = "packages"

A_PACKAGE = "<slug:clinic>/packages/<uuid:package_id>"
LIABILITY = "<slug:clinic>/reports/liability"

urlpatterns = [
    path("<slug:clinic>/packages/", packages.package_list, name="package_list"),
    path("<slug:clinic>/packages/<uuid:package_id>/", packages.package_detail, name="package_detail"),
    path(f"{A_PACKAGE}/adjustments/", adjustments.adjustment, name="adjustment"),
    path(f"{A_PACKAGE}/freezes/", freezes.freeze, name="freeze"),
    path(f"{A_PACKAGE}/thawing/", freezes.thaw, name="thaw"),
    path(f"{A_PACKAGE}/extensions/", extensions.extension, name="extension"),
    path(f"{A_PACKAGE}/suspensions/", standing.suspension, name="suspension"),
    path(f"{A_PACKAGE}/resumption/", standing.resumption, name="resumption"),
    path(f"{A_PACKAGE}/lifting/", standing.lifting, name="lifting"),
    path(f"{A_PACKAGE}/transfers/", transfers.transfer, name="transfer"),
    path(f"{A_PACKAGE}/transfer-undoing/", transfers.transfer_undoing, name="transfer_undoing"),
    path("<slug:clinic>/packages/<uuid:package_id>/people/", naming.naming, name="naming"),
    path(
        "<slug:clinic>/packages/<uuid:package_id>/people/<uuid:relation_id>/unnaming/",
        naming.unnaming,
        name="unnaming",
    ),
    path(
        "<slug:clinic>/patients/<uuid:patient_id>/naming/", naming.naming_elsewhere, name="naming_elsewhere"
    ),
    path(f"{A_PACKAGE}/agreement/", agreements.agreement, name="agreement"),
    path(f"{A_PACKAGE}/membership/", memberships.membership, name="membership"),
    path(f"{A_PACKAGE}/membership/return/", memberships.membership_return, name="membership_return"),
    path(
        "<slug:clinic>/patients/<uuid:patient_id>/referrals/new/", referrals.referral_new, name="referral_new"
    ),
    path("<slug:clinic>/plans/", plans.plan_list, name="plan_list"),
    path("<slug:clinic>/plans/new/", plans.plan_new, name="plan_new"),
    path("<slug:clinic>/plans/<uuid:plan_id>/", plans.plan_detail, name="plan_detail"),
    path(f"{LIABILITY}/", reports.liability, name="liability"),
    path(f"{LIABILITY}.csv", liability_files.liability_file, {"kind": "csv"}, name="liability_csv"),
    path(f"{LIABILITY}.xlsx", liability_files.liability_file, {"kind": "xlsx"}, name="liability_xlsx"),
    path(f"{LIABILITY}/changes/", roll_forward.liability_changes, name="liability_changes"),
    path(f"{LIABILITY}/changes/<slug:row>/", roll_forward.liability_postings, name="liability_postings"),
    path(f"{LIABILITY}/shares/", reports.liability_shares, name="liability_shares"),
    path(f"{LIABILITY}/packages/", reports.liability_packages, name="liability_packages"),
    path(f"{LIABILITY}/late/", reports.liability_late, name="liability_late"),
    path("<slug:clinic>/reports/months/", months.month_list, name="month_list"),
    path("<slug:clinic>/reports/months/closing/", months.month_closing, name="month_closing"),
    path("<slug:clinic>/reports/exposure/", exposure.exposure, name="exposure"),
    path("<slug:clinic>/reports/exposure.csv", exposure.exposure_file, name="exposure_file"),
]
