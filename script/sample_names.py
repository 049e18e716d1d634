"""Names and remarks for the sample register; all invented."""

FIRST_NAMES = (
    "Asha Ramesh Sunita Deepak Lakshmi Suresh Kavita Anil Pooja Vijay Meena Rajesh Neha Sanjay "
    "Priya Manoj Rekha Ashok Shweta Prakash Anjali Ganesh Farida Imran Harpreet Gurpreet Mary "
    "Joseph Nirmala Vikram Savita Arjun Shobha Mahesh Usha Kiran Geeta Naresh Vandana Rohit "
    "Sarita Yashwant Fatima Salim Jyoti Milind Archana Nitin"
)
SURNAMES = (
    "Sharma Patil Kulkarni Iyer Nair Choudhary Deshpande Gupta Singh Khan Shaikh D'Souza "
    "Fernandes Rao Joshi Mehta Shah Gaikwad Jadhav Pawar Mishra Yadav Reddy Menon Bhosale "
    "Chavan Agarwal Banerjee Kaur Pillai"
)
HINDI_NAMES = (
    "आशा शर्मा", "रमेश पाटील", "सुनीता देशपांडे", "लक्ष्मी अय्यर", "दीपक कुलकर्णी", "कमला यादव", "गीता चौधरी",
    "प्रकाश जोशी", "सविता पवार", "विजय सिंह", "मीना गुप्ता", "फ़रीदा ख़ान", "संतोष भोसले", "शोभा मिश्रा",
    "अंजलि चोपड़ा", "गणेश गायकवाड", "निर्मला राठोड़", "राजेश कुमार", "पूजा चव्हाण", "महेश जाधव",
)  # fmt: skip
# Several people of one name, each with a phone of their own.
COMMON_NAMES = ("Asha Sharma", "Ramesh Patil", "Sunita Joshi", "Rajesh Gupta")
REMARKS = (
    "prefers mornings", "knee replacement Jan 26", "wife also comes", "call before visit", "will renew",
    "LBP", "frozen shoulder (R)", "घर पर व्यायाम",
    "refer Dr Kale", "paid by son, GPay", "on hold - travelling",
    "ACL rehab; brace given", "=see old file", "2nd pack", "slow walking, needs help at stairs",
)  # fmt: skip
