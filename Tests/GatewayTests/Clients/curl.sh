#!/usr/bin/env bash
# The seven operations by curl. Arguments: URL of the API, key.
set -euo pipefail
connectors="$1/cloud_connectors"
key="$2"

# ask STATUS ARGUMENTS...: prints the body, fails on another status.
ask() {
    local expected="$1" answer status
    shift
    answer="$(curl --silent --show-error --max-time 30 --header "Authorization: Bearer $key" \
        --write-out '\n%{http_code}' "$@")"
    status="${answer##*$'\n'}"
    printf '%s\n' "${answer%$'\n'*}"
    [ "$status" = "$expected" ] || { echo "$* answered $status instead of $expected: $answer" >&2; exit 1; }
}
json=(--header 'Content-Type: application/json')
draft='{"name":"by-curl","url":"https://s3.example.com","provider":"generic_s3","access_key":"a","secret_key":"SECRET-curl"}'

ask 200 "$connectors?limit=1" | grep '"secret_key":"\[censored\]"' > /dev/null
ask 200 "$connectors/1" | grep '"name":"aws-archive"' > /dev/null
created="$(ask 201 "${json[@]}" --data "$draft" "$connectors")"
id="$(printf '%s' "$created" | sed 's/.*"id":\([0-9]*\).*/\1/')"
ask 200 --request PUT "${json[@]}" --data '{"region":"eu-7"}' "$connectors/$id" | grep eu-7 > /dev/null
# Longer than curl sends without asking first (Expect: 100-continue).
long="$(printf '%*s' 1200000 '' | tr ' ' x)"
printf '{"region":"%s"}' "$long" |
    ask 200 --request PUT "${json[@]}" --header 'Expect: 100-continue' --data-binary @- "$connectors/$id" | grep xxx > /dev/null
job="$(ask 202 --request PUT "${json[@]}" --data "$draft" "$connectors/-/test" | sed 's/.*"job_id":"\([^"]*\)".*/\1/')"
ask 202 "$connectors/-/test?job_id=$job" > /dev/null
ask 200 --head "$connectors/$id" > /dev/null
ask 204 --request DELETE "$connectors/$id" > /dev/null
ask 404 "$connectors/$id" > /dev/null
ask 403 "$1/pools" | grep pools/index > /dev/null
ask 200 --http1.0 "$connectors/1" | grep aws-archive > /dev/null
echo completed
