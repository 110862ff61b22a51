#!/bin/sh
# summary.sh [FILE...]: failures by path
cat "$1" | while read line; do
  path=$(echo "$line" | cut -d' ' -f7)
  failed=$(grep " $path " "$1" | grep -c ' 5')
  all=$(grep -c " $path " "$1")
  echo "$failed/$all $path"
done | sort -rn | uniq
