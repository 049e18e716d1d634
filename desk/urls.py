from django.urls import include, path, register_converter

from .day_converter import DayConverter
from .views import (
    absence,
    answers,
    attendance,
    claim,
    completion,
    counter,
    day_book,
    day_close,
    dispute_paper,
    disputes,
    exceptions,
    hindsight,
    instalments,
    merging,
    patient_file,
    payment,
    portal,
    refund,
    register,
    renewals,
    reopening,
    sale,
    sending,
    taking_back,
    today,
    voiding,
)

app_name = "desk"

register_converter(DayConverter, "day")

urlpatterns = [
    path("<slug:clinic>/today/", today.today, name="today"),
    path("<slug:clinic>/visits/<uuid:visit_id>/completion/", completion.completion, name="completion"),
    path("<slug:clinic>/visits/<uuid:visit_id>/reopening/", reopening.reopening, name="reopening"),
    path("<slug:clinic>/visits/<uuid:visit_id>/no-show/", absence.no_show, name="no_show"),
    path("<slug:clinic>/visits/<uuid:visit_id>/cancellation/", absence.cancellation, name="cancellation"),
    path("<slug:clinic>/visits/<uuid:visit_id>/restoration/", absence.restoration, name="restoration"),
    path("<slug:clinic>/visits/<uuid:visit_id>/letting-off/", absence.letting_off, name="letting_off"),
    path("<slug:clinic>/patients/<uuid:patient_id>/", patient_file.patient_file, name="patient_file"),
    path("<slug:clinic>/patients/<uuid:patient_id>/sale/", sale.sale, name="sale"),
    path("<slug:clinic>/patients/<uuid:patient_id>/payments/", payment.payment, name="payment"),
    path("<slug:clinic>/patients/<uuid:patient_id>/merging/", merging.merging, name="merging"),
    path("<slug:clinic>/patients/<uuid:patient_id>/merges/", merging.merges, name="merges"),
    path("<slug:clinic>/patients/<uuid:patient_id>/attendance/", attendance.attendance, name="attendance"),
    path(
        "<slug:clinic>/patients/<uuid:patient_id>/attendance/issued/",
        attendance.attendance_list,
        name="attendance_list",
    ),
    path("<slug:clinic>/patients/<uuid:patient_id>/claim/", claim.claim, name="claim"),
    path(
        "<slug:clinic>/packages/<uuid:package_id>/attendance/",
        attendance.package_attendance,
        name="package_attendance",
    ),
    path(
        "<slug:clinic>/attendance/<uuid:statement_id>/",
        attendance.attendance_detail,
        name="attendance_detail",
    ),
    path(
        "<slug:clinic>/attendance/<uuid:statement_id>.pdf", attendance.attendance_pdf, name="attendance_pdf"
    ),
    path("<slug:clinic>/packages/<uuid:package_id>/refund/", refund.refund, name="refund"),
    path(
        "<slug:clinic>/packages/<uuid:package_id>/refund/making/", refund.refund_making, name="refund_making"
    ),
    path("<slug:clinic>/packages/<uuid:package_id>/earlier-visits/", hindsight.hindsight, name="hindsight"),
    path("<slug:clinic>/packages/<uuid:package_id>/voiding/", voiding.voiding, name="voiding"),
    path("<slug:clinic>/patients/<uuid:patient_id>/bills/new/", counter.counter, name="counter"),
    path("<slug:clinic>/bills/<uuid:bill_id>/voiding/", taking_back.bill_voiding, name="bill_voiding"),
    path("<slug:clinic>/bills/<uuid:bill_id>/sending/", sending.sending, name="sending"),
    path("<slug:clinic>/reports/exceptions/", exceptions.exceptions_report, name="exceptions"),
    path("<slug:clinic>/reports/exceptions.csv", exceptions.exceptions_file, name="exceptions_file"),
    path("", include("desk.explanation.urls")),
    path("", include("desk.gateway.urls")),
    path("<slug:clinic>/register/", register.register, name="register"),
    path("<slug:clinic>/register/<uuid:import_id>/", register.register_import, name="register_import"),
    path(
        "<slug:clinic>/register/<uuid:import_id>/columns/", register.register_columns, name="register_columns"
    ),
    path(
        "<slug:clinic>/register/<uuid:import_id>/entering/",
        register.register_entering,
        name="register_entering",
    ),
    path("<slug:clinic>/days/", day_close.days, name="days"),
    path("<slug:clinic>/days/<day:day>/closing/", day_close.day_close, name="day_close"),
    path("<slug:clinic>/days/<day:day>/settlements/", day_close.day_settling, name="day_settling"),
    path("<slug:clinic>/days/<day:day>/reopening/", day_close.day_reopening, name="day_reopening"),
    path("<slug:clinic>/instalments/", instalments.instalment_list, name="instalments"),
    path(
        "<slug:clinic>/instalments/<uuid:instalment_id>/reminders/",
        instalments.instalment_reminder,
        name="instalment_reminder",
    ),
    path(
        "<slug:clinic>/bill-lines/<uuid:line_id>/instalments/",
        instalments.instalment_plan,
        name="instalment_plan",
    ),
    path("<slug:clinic>/days/<day:day>/book/", day_book.day_book, name="day_book"),
    path("<slug:clinic>/days/<day:day>/book.pdf", day_book.day_book_pdf, name="day_book_pdf"),
    path("<slug:clinic>/days/<day:day>/book.csv", day_book.day_book_file, name="day_book_file"),
    path("<slug:clinic>/renewals/", renewals.renewals, name="renewals"),
    path("<slug:clinic>/messages/<uuid:message_id>/sent/", renewals.message_sent, name="message_sent"),
    path("<slug:clinic>/visits/<uuid:visit_id>/answers/", answers.answer, name="answer"),
    path("<slug:clinic>/visits/<uuid:visit_id>/disputes/", disputes.dispute_opening, name="dispute_opening"),
    path("<slug:clinic>/disputes/", disputes.disputes, name="disputes"),
    path("<slug:clinic>/disputes/<uuid:dispute_id>/", disputes.dispute, name="dispute"),
    path("<slug:clinic>/disputes/<uuid:dispute_id>/notes/", disputes.dispute_notes, name="dispute_notes"),
    path(
        "<slug:clinic>/disputes/<uuid:dispute_id>/decision/",
        disputes.dispute_decision,
        name="dispute_decision",
    ),
    path("<slug:clinic>/disputes/<uuid:dispute_id>.pdf", dispute_paper.dispute_pdf, name="dispute_pdf"),
    path("p/<slug:clinic>/<str:token>/", portal.portal, name="portal"),
    path("p/<slug:clinic>/<str:token>/bills/<uuid:bill_id>.pdf", portal.portal_bill, name="portal_bill"),
    path(
        "p/<slug:clinic>/<str:token>/attendance/<uuid:statement_id>.pdf",
        portal.portal_attendance,
        name="portal_attendance",
    ),
    path(
        "p/<slug:clinic>/<str:token>/identification/",
        portal.portal_identification,
        name="portal_identification",
    ),
    path(
        "p/<slug:clinic>/<str:token>/visits/<uuid:visit_id>/answers/",
        portal.portal_answer,
        name="portal_answer",
    ),
    path("p/<slug:clinic>/<str:token>/visits/<uuid:visit_id>/notes/", portal.portal_note, name="portal_note"),
]
