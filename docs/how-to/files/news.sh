#!/bin/sh
# Say what the exit code of `huntline hunt` or `huntline drift` means, where somebody should know; say nothing where nobody need.
# Usage: news.sh hunt|drift CODE. Ends with 0 where the command worked, news or not, and with 1 where it failed.
# TELL is a command that is given the words on its standard input, such as `mail -s Huntline soc@example.com`; without it they
# are printed.
set -u

tell() {
  echo "$1" | ${TELL:-cat}
}

case "$1 ${2:-nothing}" in
  "hunt 0" | "hunt 4" | "drift 0") ;;
  "hunt 3") tell "Huntline: new hits. Read $PWD/report/report.html; if hunt.log says 'failed:', a tenant is missing in it." ;;
  "hunt 5") tell "Huntline: no hits, but something could not be searched: $PWD/report/report.html, What is not known." ;;
  "drift 3") tell "Huntline: rules are not as they were left: run huntline drift in $PWD." ;;
  *)
    tell "Huntline: $1 failed (${2:-nothing}): see the log in $PWD; running it again goes on."
    exit 1
    ;;
esac
