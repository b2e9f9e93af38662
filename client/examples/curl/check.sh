#!/bin/sh
# Checks a comment by Connect's protocol, which is JSON posted by HTTP:
#
#   check.sh http://127.0.0.1:7712 "A *fine* point"
#
# Reads SLUICE_KEY, if the server asks for keys. Prints the answer; exit status 22 for an error, which is printed too.
set -eu
url=$1 body=$2
json=$(printf %s "$body" | python3 -c 'import json, sys; print(json.dumps(sys.stdin.read()))')
exec curl --silent --show-error --fail-with-body --max-time 10 \
  --header 'Content-Type: application/json' ${SLUICE_KEY:+--header "Authorization: Bearer $SLUICE_KEY"} \
  --data "{\"comment\": {\"name\": \"sites/default\", \"body\": $json, \"author\": {\"name\": \"Ann\"}}}" \
  "$url/sluice.v1.ModerationService/CheckComment"
