#include "ring.h"
#include <assert.h>
#include <string.h>

int main(void) {
  unsigned char bytes[8], out[8];
  struct ring ring;
  ring_init(&ring, bytes, sizeof bytes);
  assert(ring_write(&ring, "abc", 3) == 3);
  assert(ring_read(&ring, out, 8) == 3);
  assert(memcmp(out, "abc", 3) == 0);
  return 0;
}
