#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void same(const char *text, size_t size, const char *expected) {
  char *to = malloc(size ? size : 1);
  size_t n = fit(to, size, text);
  if (size == 0 ? n != 0 : n != strlen(expected) || memcmp(to, expected, n + 1) != 0) {
    printf("fit(%zu, \"%s\") is \"%s\" (%zu), not \"%s\"\n", size, text, size ? to : "", n, expected);
    exit(1);
  }
  free(to);
}

int main(void) {
  same("Short", 21, "Short");
  same("12345678901234567890", 21, "12345678901234567890");
  same("123456789012345678901", 21, "12345678901234567…");
  same("Käse", 6, "Käse");
  same("Käsesorte", 6, "K…");
  same("Käsesorte", 7, "Kä…");
  same("ab😀cd", 9, "ab😀cd");
  same("ab😀cde", 9, "ab…");
  same("abe\xcc\x81" "fghi", 9, "abe\xcc\x81…");
  same("abe\xcc\x81" "fgh", 8, "ab…");
  same("abe\xcc\x81\xcc\x82gh", 8, "ab…");
  same("abcd", 4, "…");
  same("abcd", 3, "");
  same("abcd", 1, "");
  same("abcd", 0, "");
  same("abc", 4, "abc");
  same("a\xff" "b", 10, "a?b");
  same("a\xc3", 10, "a?");
  same("\xe2\x82", 10, "??");
  same("\xc0\xaf", 10, "??");
  same("\xed\xa0\x80", 10, "???");
  same("\xf5\x80\x80\x80", 10, "????");
  same("\x80\x80\x80", 3, "");
  same("\x80\x80", 3, "??");
  same("", 5, "");
  puts("ok");
  return 0;
}
