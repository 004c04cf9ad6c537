#!/bin/sh
# Starts a container and waits until it ends: client.sh SOCKET CONTAINER
# Needs socat, or the nc of OpenBSD. With jq a program would look into the messages instead of at their text.
set -eu
socket=$1 container=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkfifo "$dir/send" "$dir/receive"
if command -v socat >/dev/null; then connect="socat -t 1 - UNIX-CONNECT:$socket"; else connect="nc -U $socket"; fi
$connect <"$dir/send" >"$dir/receive" &
exec 3>"$dir/send" 4<"$dir/receive"

fail() { echo "client.sh: $1" >&2; exit 1; }
# send MESSAGE; then receive PATTERN: the next message that begins so; notifications in between are dropped
send() { printf '%s\n' "$1" >&3; }
receive() {
  while IFS= read -r message <&4; do
    case $message in
    "$1"*) return ;;
    '{"response":'* | '{"connect_nack":'*) fail "refused: $message" ;;
    esac
  done
  fail "the runtime closed the connection"
}

send '{"connect":{"version":"0.9.3","subscribe_notifications":true}}'
receive '{"connect_ack":'
send '{"request":"list"}'
receive '{"response":{"list":'
echo "installed: $(echo "$message" | grep -o '"[A-Za-z0-9._-]*:[0-9.]*"' | tr -d '"' | sort | paste -sd ' ' -)"
send "{\"request\":{\"start\":{\"container\":\"$container\",\"init\":null,\"arguments\":[],\"environment\":{}}}}"
receive '{"response":{"start":{"ok":'
echo "started $container"
receive "{\"notification\":{\"exit\":[\"$container\","
echo "ended: $(echo "$message" | sed 's/.*",\(.*\)\]}}$/\1/')"
