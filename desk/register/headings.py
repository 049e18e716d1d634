"""The headings themselves. One that may mean two things stands in both; the earlier free one wins."""

import re

# Columns for each visit of a paper card: 1 … 40, V1, Visit 3, Session 12, 2nd.
COUNTED_VISIT = re.compile(
    r"(?:(?:v|s|visit|session|sitting|day|सत्र|दिन)? ?\d{1,2}|\d{1,2} ?(?:st|nd|rd|th))"
)
# Words that say in what something is measured or which party it belongs to, and change no meaning.
UNITS = re.compile(r"\b(?:rs|inr|rupees|in rs|dd mm yyyy|dd mm yy|optional|if any)\b|रुपये|रुपए|रु")

HEADINGS = {
    "name": (
        "name, patient, patient name, patients name, name of patient, name of the patient, client, "
        "client name, pt name, pt, full name, customer, customer name, member, member name, नाम, "
        "मरीज, मरीज का नाम, रोगी, रोगी का नाम, पेशेंट, पेशेंट का नाम, पूरा नाम, ग्राहक"
    ),
    "phone": (
        "phone, phone no, phone number, ph, ph no, ph number, mobile, mobile no, mobile number, mob, "
        "mob no, cell, contact, contact no, contact number, tel, telephone, whatsapp, whatsapp no, "
        "whatsapp number, phone 2, mobile 2, alternate no, alternate number, alt no, alternate "
        "mobile, other phone, मोबाइल, मोबाइल नंबर, मोबाइल न, फोन, फोन नंबर, फोन न, संपर्क, व्हाट्सएप"
    ),
    "email": "email, e mail, mail, email id, e mail id, mail id, email address, ईमेल, ई मेल",
    "patient_number": (
        "patient no, patient number, patient id, reg no, registration no, file no, file number, uhid, "
        "mrn, mr no, card no, opd no, id, मरीज क्रमांक, फाइल न, पंजीकरण संख्या"
    ),
    "age": "age, age yrs, age years, age sex, age gender, उम्र, आयु",
    "service": (
        "service, treatment, therapy, service name, type of treatment, treatment type, procedure, "
        "modality, सेवा, उपचार, इलाज, थेरेपी"
    ),
    "plan": (
        "package, plan, pack, package name, plan name, pack name, package type, scheme, offer, "
        "package taken, पैकेज, पैकेज का नाम, योजना, प्लान"
    ),
    "sold": (
        "sold, sessions, session, sessions sold, total sessions, sessions total, no of sessions, "
        "number of sessions, no of sittings, sittings, total sittings, sessions bought, sessions "
        "purchased, pack size, package size, total, total visits, qty, सत्र, कुल सत्र, कुल, सत्रों की "
        "संख्या, सिटिंग, कुल सिटिंग"
    ),
    "used": (
        "used, sessions used, used sessions, done, sessions done, completed, sessions completed, "
        "attended, taken, sessions taken, availed, consumed, utilised, utilized, used till date, "
        "उपयोग, उपयोग हुए, हुए, हो गए, पूरे, पूर्ण, लिए, लिए गए, इस्तेमाल"
    ),
    "left": (
        "left, sessions left, remaining, sessions remaining, remaining sessions, balance, bal, "
        "balance sessions, bal sessions, sessions balance, session bal, pending sessions, pending, "
        "due sessions, rem, शेष, बाकी, शेष सत्र, बाकी सत्र, बचे, बचे हुए, बचे सत्र, बैलेंस"
    ),
    "price": (
        "price, amount, amt, package amount, package price, package cost, cost, fee, fees, charges, "
        "rate, total amount, total amt, total fees, total price, net amount, bill amount, value, "
        "package value, total, राशि, कुल राशि, रकम, मूल्य, कीमत, फीस, शुल्क"
    ),
    "paid": (
        "paid, amount paid, paid amount, amt paid, paid amt, received, amount received, recd, "
        "advance, deposit, collected, payment, payment received, amount, भुगतान, जमा, जमा राशि, "
        "प्राप्त, प्राप्त राशि, अग्रिम"
    ),
    "due": (
        "due, amount due, due amount, balance amount, bal amount, balance amt, bal amt, balance due, "
        "outstanding, pending amount, balance, bal, बकाया, बकाया राशि, शेष राशि, बाकी राशि"
    ),
    "bought_on": (
        "date, start, start date, started, started on, purchase date, purchased on, date of purchase, "
        "bought on, bought, sale date, sold on, package date, joining date, date of joining, doj, "
        "date of start, from, valid from, payment date, paid on, date paid, registration date, तारीख, "
        "दिनांक, शुरू, आरंभ, खरीद की तारीख, प्रारंभ तिथि, आरंभ तिथि, तिथि"
    ),
    "valid_until": (
        "valid till, valid until, valid to, valid upto, valid up to, validity, valid, expiry, expiry "
        "date, expires, expires on, exp date, exp, end, end date, till, upto, last date, वैधता, वैध "
        "तक, मान्य, मान्य तक, समाप्ति, समाप्ति तिथि, अंतिम तिथि, कब तक"
    ),
    "therapist": (
        "therapist, dr, doctor, physio, physiotherapist, therapist name, doctor name, dr name, "
        "treated by, treating therapist, consultant, staff, थेरेपिस्ट, डॉक्टर, डॉ, चिकित्सक, फिजियो"
    ),
    "visits": (
        "visits, dates, visit dates, dates of visit, dates of visits, visit date, session dates, "
        "dates of sessions, dates attended, attendance, attended on, attended dates, sitting dates, "
        "विजिट, विजिट की तारीखें, तारीखें, उपस्थिति, आने की तारीखें"
    ),
    "note": (
        "note, notes, remark, remarks, comment, comments, diagnosis, complaint, problem, condition, "
        "details, टिप्पणी, नोट, रिमार्क, विवरण, समस्या"
    ),
    "agreed_on": (
        "agreed on, agreed, agreed date, confirmed on, confirmed, balance agreed on, patient agreed "
        "on, signed on, verified on, सहमति, सहमति तिथि, सहमति की तारीख"
    ),
    "row_number": "sr, sr no, s no, sno, sl, sl no, serial, serial no, no, क्र, क्रम, क्रमांक, क्र स",
}
