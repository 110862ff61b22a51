#include "ring.h"
#include <string.h>

void ring_init(struct ring *ring, unsigned char *bytes, size_t capacity) {
  ring->bytes = bytes;
  ring->capacity = capacity;
  ring->start = 0;
  ring->length = 0;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t ring_write(struct ring *ring, const void *from, size_t n) {
  n = least(n, ring->capacity - ring->length);
  size_t end = (ring->start + ring->length) % ring->capacity;
  size_t first = least(n, ring->capacity - end);
  memcpy(ring->bytes + end, from, first);
  memcpy(ring->bytes, (const unsigned char *)from + first, n - first);
  ring->length += n;
  return n;
}

size_t ring_peek(const struct ring *ring, void *to, size_t n) {
  n = least(n, ring->length);
  size_t first = least(n, ring->capacity - ring->start);
  memcpy(to, ring->bytes + ring->start, first);
  memcpy((unsigned char *)to + first, ring->bytes, n - first);
  return n;
}

size_t ring_read(struct ring *ring, void *to, size_t n) {
  n = ring_peek(ring, to, n);
  ring->start = (ring->start + n) % ring->capacity;
  ring->length -= n;
  return n;
}
