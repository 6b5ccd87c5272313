"""Referrals to health partners as FHIR R4: a ServiceRequest and its Task, which the side that is asked moves."""
