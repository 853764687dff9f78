#!/bin/sh
# Makes the certificates of this folder anew, valid from 2020 to 2120, whatever the clock says. The tests do not need it.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat >"$work/ca.conf" <<END
[ca]
default_ca = all
[all]
new_certs_dir = $work
database = $work/index
serial = $work/serial
default_md = sha256
default_startdate = 20200101000000Z
default_enddate = 21200101000000Z
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
END
touch "$work/index"
echo 01 >"$work/serial"

key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

# certificate FILE KEY SUBJECT EXTENSION SIGNED…
certificate() {
  openssl req -new -key "$2" -subj "/CN=$3" -addext "$4" -out "$work/request"
  out=$1
  shift 4
  openssl ca -batch -notext -config "$work/ca.conf" -in "$work/request" -out "$out" "$@"
}

key "$work/authority.key"
key "$work/stranger.key"
key key.pem
here='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
authority='basicConstraints=critical,CA:TRUE'
certificate authority.pem "$work/authority.key" 'Chatter tests' "$authority" -selfsign -keyfile "$work/authority.key"
certificate "$work/stranger.pem" "$work/stranger.key" 'A stranger' "$authority" -selfsign -keyfile "$work/stranger.key"
certificate server.pem key.pem localhost "$here" -cert authority.pem -keyfile "$work/authority.key"
certificate elsewhere.pem key.pem elsewhere.example 'subjectAltName=DNS:elsewhere.example' \
  -cert authority.pem -keyfile "$work/authority.key"
certificate unknown.pem key.pem localhost "$here" -cert "$work/stranger.pem" -keyfile "$work/stranger.key"
