#!/bin/sh
# PID 1 of a helper that only serves `docker exec`: waits, and ends at once when told to.
trap 'exit 0' TERM INT
sleep infinity &
wait
