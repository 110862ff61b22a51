. "$CHECKS/lib.sh"
succeeds make -s test
cp "$CHECKS/check_config.c" .
succeeds gcc -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -c config.c -o config.o
succeeds gcc -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all check_config.c config.o -o check_config
ASAN_OPTIONS=detect_leaks=0 passes ./check_config
