#include "ring.h"
#include <string.h>

void ring_init(struct ring *ring, unsigned char *bytes, size_t capacity) {
  ring->bytes = bytes;
  ring->capacity = capacity;
  ring->start = 0;
  ring->length = 0;
}

size_t ring_write(struct ring *ring, const void *from, size_t n) {
  size_t end = (ring->start + ring->length) % ring->capacity;
  if (n > ring->capacity - ring->length - 1) n = ring->capacity - ring->length - 1;
  memcpy(ring->bytes + end, from, n);
  ring->length += n;
  return n;
}

size_t ring_peek(const struct ring *ring, void *to, size_t n) {
  if (n > ring->length) n = ring->length;
  size_t first = ring->capacity - ring->start;
  if (first > n) first = n;
  memcpy(to, ring->bytes + ring->start, first);
  memcpy(to, ring->bytes, n - first);
  return n;
}

size_t ring_read(struct ring *ring, void *to, size_t n) {
  n = ring_peek(ring, to, n);
  ring->start += n;
  ring->length -= n;
  return n;
}
