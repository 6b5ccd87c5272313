"""A LINE Messaging API on this machine: accepts pushes as LINE documents, shows the groups, sends the webhook."""
