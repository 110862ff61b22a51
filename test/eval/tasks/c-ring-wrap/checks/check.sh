. "$CHECKS/lib.sh"
succeeds make -s test
cmp -s ring.h "$CHECKS/ring.h" || fail "ring.h was changed"
cp "$CHECKS/check_ring.c" .
succeeds gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -o check_ring check_ring.c ring.c
ASAN_OPTIONS=detect_leaks=0 passes ./check_ring
