#!/bin/bash
# Posts files by curl: `client.sh URL FOLDER`; prints the status of each, null for none.
URL=$1 FOLDER=$2
HEADERS=(-H 'Content-Type: application/json' -H 'Authorization: Bearer police-key')

post() {
  "${BEFORE[@]}" curl -sS -o /dev/null -w '%{http_code}' "${HEADERS[@]}" "$@" "$URL" 2> /dev/null || printf null
}

slowly() { # and broken off, where curl is killed while it waits for the other half
  { head -c 100 "$FOLDER/$1.json"; sleep "$2"; tail -c +101 "$FOLDER/$1.json"; } | post -X POST -H 'Transfer-Encoding: chunked' -T -
}

printf '{"good": %s, "bad": %s, "large": %s, "slow": %s, "broken": %s}\n' \
  "$(post --data-binary @"$FOLDER/good.json")" "$(post --data-binary @"$FOLDER/bad.json")" \
  "$(post --data-binary @"$FOLDER/large.json")" "$(slowly slow 0.2)" "$(BEFORE=(timeout -s KILL 1); slowly broken 3 2> /dev/null)"
