#include "text.h"
#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6";
enum { ellipsis_bytes = sizeof ellipsis - 1 };

/* Bytes of the character that begins here; 0 where it is no UTF-8. */
static size_t char_bytes(const unsigned char *at, unsigned *code) {
  size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : (at[0] & 0xf0) == 0xe0 ? 3 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4 : 0;
  static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (n == 0) return 0;
  *code = at[0] & masks[n];
  for (size_t i = 1; i < n; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
    *code = *code << 6 | (at[i] & 0x3f);
  }
  if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return 0;
  return n;
}

size_t fit(char *to, size_t size, const char *text) {
  if (size == 0) return 0;
  size_t room = size - 1, length = 0;
  /* Where a cut is still possible: whole characters, with room for the ellipsis behind. */
  size_t cut = 0;
  int too_long = 0;
  for (const unsigned char *at = (const unsigned char *)text; *at;) {
    unsigned code = 0;
    size_t n = char_bytes(at, &code);
    const char *from = n ? (const char *)at : "?";
    size_t bytes = n ? n : 1;
    int combines = n && code >= 0x300 && code <= 0x36f;
    if (!combines && length + ellipsis_bytes <= room) cut = length;
    if (length + bytes > room) {
      too_long = 1;
      break;
    }
    memcpy(to + length, from, bytes);
    length += bytes;
    at += bytes;
  }
  if (too_long) {
    length = cut;
    if (room >= ellipsis_bytes) {
      memcpy(to + length, ellipsis, ellipsis_bytes);
      length += ellipsis_bytes;
    }
  }
  to[length] = 0;
  return length;
}
