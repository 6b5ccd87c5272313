#!/bin/bash
# Posts files by curl: `client.sh URL FOLDER`; prints the status of each, null for none.
post() {
  curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' -H 'Authorization: Bearer police-key' "$@" "$URL" 2> /dev/null | sed 's/^000$/null/'
}
URL=$1
printf '{"good": %s, "bad": %s, "large": %s, "slow": %s, "broken": %s}\n' \
  "$(post --data-binary @"$2/good.json")" "$(post --data-binary @"$2/bad.json")" "$(post --data-binary @"$2/large.json")" \
  "$({ head -c 100 "$2/slow.json"; sleep 0.2; tail -c +101 "$2/slow.json"; } | post -H 'Transfer-Encoding: chunked' -T - -X POST)" \
  "$({ head -c 100 "$2/broken.json"; sleep 2; } | post -H 'Transfer-Encoding: chunked' -T - -X POST --max-time 0.5)"
