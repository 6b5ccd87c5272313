"""The form in the browser, for those who report without a system of their own."""
