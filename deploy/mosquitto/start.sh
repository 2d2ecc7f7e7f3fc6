#!/bin/sh
# Puts accounts, rules and certificates where the broker can read them and nobody else can, then becomes the broker.
# `start.sh reload` does the first part again for a broker that runs.
#
# It starts as root because the files belong to whoever runs compose; mosquitto then becomes its own user.
set -eu
umask 077
source=/mosquitto/config
target=/run/mosquitto

account() { # name, password
    [ -n "$2" ] || { echo "start.sh: no password for $1: run scripts/secrets" >&2; exit 1; }
    printf '%s:%s\n' "$1" "$2" >"$target/account"
    mosquitto_passwd -U "$target/account"  # as an argument the password would show in the list of processes
    cat "$target/account" >>"$target/passwords.new"
    rm "$target/account"
}

mkdir -p "$target/conf.d"
: >"$target/passwords.new"
account collect "$MQTT_COLLECT_PASSWORD"
account forecast "$MQTT_FORECAST_PASSWORD"
account alarms "$MQTT_ALARMS_PASSWORD"
account api "$MQTT_API_PASSWORD"
account simulate "$MQTT_SIMULATE_PASSWORD"
account health "$MQTT_HEALTH_PASSWORD"
if [ -e "$source/devices" ]; then
    grep -v '^#' "$source/devices" >>"$target/passwords.new" || true
fi
mv "$target/passwords.new" "$target/passwords"
cp "$source/acl" "$target/acl"
if [ -e /mosquitto/certificates/server.crt ]; then
    cp /mosquitto/certificates/server.crt /mosquitto/certificates/server.key "$target/"
    cp "$source/tls.conf" "$target/conf.d/"
fi
if [ "$(id -u)" = 0 ]; then
    chown -R mosquitto:mosquitto "$target" /mosquitto/data
fi
[ "${1:-}" = reload ] || exec mosquitto -c "$source/mosquitto.conf"
