. "$CHECKS/lib.sh"
same() { [ "$1" = "$2" ] || { printf 'expected:\n%s\ngot:\n%s\n' "$2" "$1"; fail "$3"; }; }
same "$(sh summary.sh sample.access)" "2/2 /b
1/2 /a
0/1 /c" "the sample"
same "$(sh summary.sh < sample.access | head -n 1)" "2/2 /b" "standard input"
log() { printf '1.2.3.4 - - [x +0000] "GET %s HTTP/1.1" %s %s\n' "$1" "$2" "${3:-1}"; }
dir=$(mktemp -d)
{ log /z 500; log '/z?q=a b' 200; log /y 599; log /x 499; } > "$dir/one log"
{ log /y 500; log /x 200 5000; log /z 500; } | gzip > "$dir/two.gz"
same "$(sh summary.sh "$dir/one log" "$dir/two.gz")" "2/2 /y
2/3 /z
0/2 /x" "several files, one of them packed"
same "$(printf '' | sh summary.sh)" "" "an empty log"
fails sh summary.sh "$dir/nowhere"
awk 'BEGIN { for (i = 0; i < 300000; i++) printf "1.2.3.4 - - [x +0000] \"GET /p%d?n=%d HTTP/1.1\" %d 1\n", i % 50, i, i % 7 ? 200 : 500 }' > "$dir/big"
timeout 20 sh summary.sh "$dir/big" > "$dir/out" || fail "too slow"
[ "$(wc -l < "$dir/out")" = 50 ] || fail "of the large log"
