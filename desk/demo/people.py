"""Who lives in the demonstration clinics."""

from clinic.models import Role

PASSWORD = "demo sessions count"

CLINICS = (
    ("asha", "Asha Physiotherapy", "12, 2nd Cross, Indiranagar, Bengaluru 560038"),
    ("sparsh", "Sparsh Physio & Rehab", "4 Karve Road, Erandwane, Pune 411004"),
    ("nirmal", "निर्मल फ़िज़ियोथेरेपी", "18 Civil Lines, Jaipur 302006"),
)

# key of the address, name, role, registration number
STAFF = (
    ("owner", "Dr Kavya Menon", Role.OWNER, "KSPC/2011/0418"),
    ("desk", "Sunita Patil", Role.FRONT_DESK, ""),
    ("anand", "Dr Anand Iyer", Role.THERAPIST, "KSPC/2015/1172"),
    ("priya", "Dr Priya Nair", Role.THERAPIST, "KSPC/2018/2093"),
    ("accounts", "Ramesh Gupta", Role.ACCOUNTANT, ""),
)

SERVICES = (
    ("Physiotherapy 60 min", 60, 1000),
    ("Physiotherapy 45 min", 45, 800),
    ("Sports rehab", 60, 1400),
    ("Neuro rehab", 60, 1500),
    ("Post-natal care", 45, 1100),
    ("Physiotherapy 90 min", 90, 1500),
)

FIRST = [
    "Lakshmi",
    "Rohan",
    "Fatima",
    "Thomas",
    "Meenakshi",
    "Gurpreet",
    "Ananya",
    "Vikram",
    "Sneha",
    "Arjun",
    "Kiran",
    "Deepa",
    "Harish",
    "Nandini",
    "Imran",
    "Pooja",
    "Suresh",
    "Radha",
    "Joseph",
    "Zara",
    "Manoj",
    "Shalini",
    "Tenzin",
    "Bhavna",
    "Prakash",
    "Leela",
    "Ravi",
    "Geeta",
    "Farhan",
    "Usha",
    "Naveen",
    "Shobha",
]
LAST = [
    "Krishnamurthy",
    "Desai",
    "Sheikh",
    "Kuriakose",
    "Sundaram",
    "Singh",
    "Sharma",
    "Rao",
    "Kulkarni",
    "Reddy",
    "Hegde",
    "Joshi",
    "Menon",
    "Khan",
    "Banerjee",
    "Pillai",
    "Chaudhary",
    "Bhutia",
    "Mehta",
    "D'Souza",
    "Iyengar",
    "Naidu",
    "Verma",
    "Patel",
    "Gowda",
]
HINDI = ("आशा वर्मा", "सुनील शर्मा", "गीता देवी", "राम प्रसाद", "कमला यादव")


# What is on sale over the counter beside care.
GOODS = (("Exercise band", 350), ("Hot and cold pack", 480), ("Knee brace", 1_250), ("Lumbar belt", 1_400))
