#!/bin/sh
# A session over HTTP: a guest that keeps what each eval leaves in it, with curl alone.
# Start Cofferdam first (`npm start`), then: sh examples/15-session.sh
set -eu

url=${COFFERDAM_URL:-http://127.0.0.1:5900}
post() {
  curl -sS -X POST "$url$1" ${COFFERDAM_TOKEN:+-H "authorization: Bearer $COFFERDAM_TOKEN"} \
    -H 'content-type: application/json' ${3:+-H "accept: $3"} -d "$2"
  echo
}

# The same key answers the same session, until it is idle for a minute.
session=$(post /v1/sessions '{ "key": "example:cart", "idle": 60000, "limits": { "wallTimeMs": 2000 } }')
id=$(printf '%s' "$session" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
echo "$session"

# Globals, functions and timers stay from one eval to the next; the default export is the result.
post "/v1/sessions/$id/eval" '{ "code": "globalThis.cart = []; globalThis.add = (item) => cart.push(item);" }'
post "/v1/sessions/$id/eval" '{ "code": "add(\"tea\"); console.log(cart); export default cart.length" }'

# Tests see what is there, and answer as JSON, or as JUnit for a CI.
post "/v1/sessions/$id/tests" \
  '{ "code": "test(\"has tea\", () => expect(cart).toEqual([\"tea\"]))" }' application/xml

curl -sS -X DELETE ${COFFERDAM_TOKEN:+-H "authorization: Bearer $COFFERDAM_TOKEN"} "$url/v1/sessions/$id"
