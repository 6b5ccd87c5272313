"""A county's deck of figures for the ministry's review (業務考核), made by one click of what is kept here."""
