#!/usr/bin/env bash
# Debian's Chromium, for the tests of browsers, which are not run where it is missing.
set -eu
if command -v chromium >/dev/null; then exit; fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null
