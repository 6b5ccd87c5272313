"""Where the pages of a test are, to which messages lead."""

SITES = {
    "network": "https://network.example",
    "dispatch": "https://dispatch.example",
    "notify": "https://notify.example",
}
