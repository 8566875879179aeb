"""Property definitions that a portal starts with, and the shape in which the API gives them.

A portal of HubSpot has hundreds; these are the ones a sales sync meets. `=` marks a property whose
value only HubSpot writes, `+` one that takes any option (the account adds to the list itself).
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

BORN = "2019-08-06T02:41:46.048Z"
"""Creation instant of HubSpot's own definitions."""

_EVERYWHERE = """
hs_object_id =|Record ID|number|number
hs_object_source =|Record source|string|text
hs_object_source_id =|Record source ID|string|text
hs_object_source_label =|Record source label|enumeration|select
hs_merged_object_ids =|Merged record IDs|enumeration|checkbox
hubspot_owner_id|Owner|enumeration|select
hubspot_owner_assigneddate =|Owner assigned date|datetime|date
"""

_ACTIVITY = """
hs_createdate =|Create date|datetime|date
hs_lastmodifieddate =|Last modified date|datetime|date
hs_timestamp|Activity date|datetime|date
"""

_TABLES = {
    "companies": """
createdate =|Create Date|datetime|date
hs_lastmodifieddate =|Last Modified Date|datetime|date
name|Company name|string|text
domain|Company Domain Name|string|text
website|Website URL|string|text
phone|Phone Number|string|phonenumber
city|City|string|text
state|State/Region|string|text
country|Country/Region|string|text
zip|Postal Code|string|text
address|Street Address|string|text
description|Description|string|textarea
type|Type|enumeration|radio|PROSPECT=Prospect;PARTNER=Partner;RESELLER=Reseller;VENDOR=Vendor;OTHER=Other
industry +|Industry|enumeration|select|ACCOUNTING=Accounting;AUTOMOTIVE=Automotive;BANKING=Banking;\
BIOTECHNOLOGY=Biotechnology;BUILDING_MATERIALS=Building Materials;CHEMICALS=Chemicals;\
COMPUTER_HARDWARE=Computer Hardware;COMPUTER_SOFTWARE=Computer Software;CONSTRUCTION=Construction;\
CONSUMER_GOODS=Consumer Goods;EDUCATION_MANAGEMENT=Education Management;\
ELECTRICAL_ELECTRONIC_MANUFACTURING=Electrical/Electronic Manufacturing;\
FINANCIAL_SERVICES=Financial Services;FOOD_BEVERAGES=Food & Beverages;\
FOOD_PRODUCTION=Food Production;\
FURNITURE=Furniture;HOSPITAL_HEALTH_CARE=Hospital & Health Care;HOSPITALITY=Hospitality;\
INDUSTRIAL_AUTOMATION=Industrial Automation;\
INFORMATION_TECHNOLOGY_AND_SERVICES=Information Technology and Services;\
LOGISTICS_AND_SUPPLY_CHAIN=Logistics and Supply Chain;MACHINERY=Machinery;\
MARKETING_AND_ADVERTISING=Marketing and Advertising;MEDICAL_DEVICES=Medical Devices;\
PACKAGING_AND_CONTAINERS=Packaging and Containers;PHARMACEUTICALS=Pharmaceuticals;\
PLASTICS=Plastics;\
PRINTING=Printing;REAL_ESTATE=Real Estate;RETAIL=Retail;SPORTING_GOODS=Sporting Goods;\
TELECOMMUNICATIONS=Telecommunications;TEXTILES=Textiles;TRANSPORTATION_TRUCKING_RAILROAD=\
Transportation/Trucking/Railroad;UTILITIES=Utilities;WHOLESALE=Wholesale
numberofemployees|Number of Employees|number|number
annualrevenue|Annual Revenue|number|number
total_revenue =|Total Revenue|number|calculation_rollup
lifecyclestage|Lifecycle Stage|enumeration|radio|subscriber=Subscriber;lead=Lead;\
marketingqualifiedlead=Marketing Qualified Lead;salesqualifiedlead=Sales Qualified Lead;\
opportunity=Opportunity;customer=Customer;evangelist=Evangelist;other=Other
hs_lead_status|Lead Status|enumeration|radio|NEW=New;OPEN=Open;IN_PROGRESS=In Progress;\
OPEN_DEAL=Open Deal;UNQUALIFIED=Unqualified;ATTEMPTED_TO_CONTACT=Attempted to Contact;\
CONNECTED=Connected;BAD_TIMING=Bad Timing
hs_ideal_customer_profile|Ideal Customer Profile Tier|enumeration|radio|\
tier_1=Tier 1;tier_2=Tier 2;tier_3=Tier 3
hs_is_target_account|Target Account|bool|booleancheckbox|true=True;false=False
hs_parent_company_id =|Parent Company|number|number
hs_num_child_companies =|Number of child companies|number|number
num_associated_contacts =|Number of Associated Contacts|number|calculation_rollup
num_associated_deals =|Number of Associated Deals|number|calculation_rollup
notes_last_contacted =|Last Contacted|datetime|date
notes_last_updated =|Last Activity Date|datetime|date
notes_next_activity_date =|Next Activity Date|datetime|date
num_notes =|Number of Sales Activities|number|number
""",
    "contacts": """
createdate =|Create Date|datetime|date
lastmodifieddate =|Last Modified Date|datetime|date
firstname|First Name|string|text
lastname|Last Name|string|text
email|Email|string|text
phone|Phone Number|string|phonenumber
mobilephone|Mobile Phone Number|string|phonenumber
company|Company Name|string|text
jobtitle|Job Title|string|text
associatedcompanyid|Primary Associated Company ID|number|number
hs_buying_role|Buying Role|enumeration|checkbox|BLOCKER=Blocker;BUDGET_HOLDER=Budget Holder;\
CHAMPION=Champion;DECISION_MAKER=Decision Maker;END_USER=End User;\
EXECUTIVE_SPONSOR=Executive Sponsor;INFLUENCER=Influencer;\
LEGAL_AND_COMPLIANCE=Legal & Compliance;OTHER=Other
hs_email_hard_bounce_reason_enum =|Email hard bounce reason|enumeration|select|\
UNKNOWN_USER=Unknown user;MAILBOX_FULL=Mailbox full;SPAM=Spam;POLICY=Policy;OTHER=Other
lifecyclestage|Lifecycle Stage|enumeration|radio|subscriber=Subscriber;lead=Lead;\
marketingqualifiedlead=Marketing Qualified Lead;salesqualifiedlead=Sales Qualified Lead;\
opportunity=Opportunity;customer=Customer;evangelist=Evangelist;other=Other
hs_lead_status|Lead Status|enumeration|radio|NEW=New;OPEN=Open;IN_PROGRESS=In Progress;\
OPEN_DEAL=Open Deal;UNQUALIFIED=Unqualified;ATTEMPTED_TO_CONTACT=Attempted to Contact;\
CONNECTED=Connected;BAD_TIMING=Bad Timing
hs_calculated_merged_vids =|Merged contact IDs|string|text
notes_last_contacted =|Last Contacted|datetime|date
""",
    "deals": """
createdate|Create Date|datetime|date
hs_lastmodifieddate =|Last Modified Date|datetime|date
dealname|Deal Name|string|text
pipeline|Pipeline|enumeration|select
dealstage|Deal Stage|enumeration|radio
dealtype|Deal Type|enumeration|radio|newbusiness=New Business;existingbusiness=Existing Business
amount|Amount|number|number
deal_currency_code|Currency|enumeration|select
hs_exchange_rate =|Exchange rate|number|number
amount_in_home_currency =|Amount in company currency|number|number
closedate|Close Date|datetime|date
closed_lost_reason|Closed Lost Reason|string|textarea
closed_won_reason|Closed Won Reason|string|textarea
description|Deal Description|string|textarea
hs_is_closed =|Is Deal Closed?|bool|booleancheckbox|true=True;false=False
hs_is_closed_won =|Is Closed Won|bool|booleancheckbox|true=True;false=False
hs_deal_stage_probability =|Deal probability|number|number
hs_all_collaborator_owner_ids|Deal Collaborator|enumeration|checkbox
hs_priority|Priority|enumeration|select|low=Low;medium=Medium;high=High
""",
    "calls": """
hs_call_title|Call Title|string|text
hs_call_body|Call notes|string|html
hs_call_direction|Call direction|enumeration|select|INBOUND=Inbound;OUTBOUND=Outbound
hs_call_status|Call status|enumeration|select|BUSY=Busy;CALLING_CRM_USER=Calling CRM User;\
CANCELED=Canceled;COMPLETED=Completed;CONNECTING=Connecting;FAILED=Failed;\
IN_PROGRESS=In Progress;MISSED=Missed;NO_ANSWER=No Answer;QUEUED=Queued;RINGING=Ringing
hs_call_duration|Call duration|number|number
hs_call_disposition +|Call outcome|enumeration|select
""",
    "meetings": """
hs_meeting_title|Meeting name|string|text
hs_meeting_body|Meeting description|string|html
hs_meeting_start_time|Meeting start time|datetime|date
hs_meeting_end_time|Meeting end time|datetime|date
hs_meeting_outcome|Meeting outcome|enumeration|select|SCHEDULED=Scheduled;COMPLETED=Completed;\
RESCHEDULED=Rescheduled;NO_SHOW=No Show;CANCELED=Canceled
hs_activity_type +|Activity type|enumeration|select
""",
    "emails": """
hs_email_subject|Email subject|string|text
hs_email_text|Text body|string|textarea
hs_email_direction|Email direction|enumeration|select|EMAIL=Email;\
INCOMING_EMAIL=Incoming email;FORWARDED_EMAIL=Forwarded email
hs_email_status|Email send status|enumeration|select|BOUNCED=Bounced;FAILED=Failed;\
SCHEDULED=Scheduled;SENDING=Sending;SENT=Sent
""",
    "communications": """
hs_communication_body|Communication body|string|html
hs_communication_channel_type|Channel type|enumeration|select|CUSTOM_CHANNEL_CONVERSATION=\
Custom Channel;FB_MESSENGER=Facebook Messenger;LINKEDIN_MESSAGE=LinkedIn Message;\
SMS=SMS;WHATS_APP=WhatsApp
hs_communication_logged_from|Logged from|enumeration|select|CRM=CRM;CONVERSATIONS=Conversations
""",
    "tasks": """
hs_task_subject|Task Title|string|text
hs_task_body|Task Notes|string|html
hs_task_status|Task Status|enumeration|select|NOT_STARTED=Not started;IN_PROGRESS=In progress;\
WAITING=Waiting;COMPLETED=Completed;DEFERRED=Deferred
hs_task_priority|Priority|enumeration|select|NONE=None;LOW=Low;MEDIUM=Medium;HIGH=High
hs_task_type|Task Type|enumeration|select|TODO=To-do;EMAIL=Email;CALL=Call
hs_task_completion_date|Completed at|datetime|date
""",
    "notes": """
hs_note_body|Note body|string|html
""",
    "postal_mail": """
hs_postal_mail_body|Postal mail body|string|html
""",
    "goal_targets": """
hs_createdate =|Create date|datetime|date
hs_lastmodifieddate =|Last modified date|datetime|date
hs_goal_name|Goal name|string|text
hs_goal_type +|Goal type|enumeration|select
hs_milestone|Milestone|enumeration|select|monthly=Monthly;quarterly=Quarterly;yearly=Yearly
hs_target_amount|Target amount|number|number
hs_start_datetime|Start date|datetime|date
hs_end_datetime|End date|datetime|date
hs_assignee_user_id|Assigned user|number|number
""",
}

_GROUPS = {
    "companies": ("companyinformation", "Company information"),
    "contacts": ("contactinformation", "Contact information"),
    "deals": ("dealinformation", "Deal information"),
    "goal_targets": ("goalinformation", "Goal information"),
}


def first_group(object_type: str) -> tuple[str, str]:
    """Name and label of the group that holds HubSpot's own properties of a type."""
    singular = object_type.removesuffix("s")
    return _GROUPS.get(object_type, (singular.replace("_", ""), singular.capitalize()))


def default_properties(object_type: str) -> Iterator[Json]:
    """Definitions that a new portal has for one object type."""
    own = _TABLES[object_type]
    activity = "" if object_type in _GROUPS else _ACTIVITY
    for line in filter(None, (_EVERYWHERE + activity + own).splitlines()):
        head, label, value_type, field_type, *rest = line.split("|")
        name, _, mark = head.partition(" ")
        options = dict(pair.split("=", 1) for pair in rest[0].split(";")) if rest else {}
        yield definition(
            name,
            label,
            value_type,
            field_type,
            options=options,
            group=first_group(object_type)[0],
            at=BORN,
            hubspotDefined=True,
            modificationMetadata=_metadata(is_own=False, is_read_only=mark == "="),
            externalOptions=mark == "+" or name == "hubspot_owner_id",
            **({"referencedObjectType": "OWNER"} if name == "hubspot_owner_id" else {}),
        )


def definition(
    name: str,
    label: str,
    value_type: str,
    field_type: str,
    *,
    options: Mapping[str, str],
    group: str,
    at: str,
    **extra: object,
) -> Json:
    """One property definition in the shape of the API."""
    return {
        "updatedAt": at,
        "createdAt": at,
        "name": name,
        "label": label,
        "type": value_type,
        "fieldType": field_type,
        "description": "",
        "groupName": group,
        "options": [
            {"label": text, "value": value, "displayOrder": order, "hidden": False}
            for order, (value, text) in enumerate(options.items())
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": False,
        "modificationMetadata": _metadata(is_own=True, is_read_only=False),
        "formField": False,
        "dataSensitivity": "non_sensitive",
    } | extra


def _metadata(*, is_own: bool, is_read_only: bool) -> Json:
    return {
        "archivable": is_own,
        "readOnlyDefinition": not is_own,
        "readOnlyValue": is_read_only,
        "readOnlyOptions": False,
    }
