. "$CHECKS/lib.sh"
succeeds make -s test
cp "$CHECKS/check_text.c" .
succeeds gcc -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -o check_text check_text.c text.c
ASAN_OPTIONS=detect_leaks=0 passes ./check_text
