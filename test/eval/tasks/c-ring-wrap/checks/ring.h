#ifndef RING_H
#define RING_H
#include <stddef.h>

struct ring {
  unsigned char *bytes;
  size_t capacity, start, length;
};

/* Uses `bytes`, of which there are `capacity`, at least one. */
void ring_init(struct ring *ring, unsigned char *bytes, size_t capacity);
/* How many of `n` bytes were taken. */
size_t ring_write(struct ring *ring, const void *from, size_t n);
/* How many bytes were given, at most `n`; they are gone from the ring. */
size_t ring_read(struct ring *ring, void *to, size_t n);
/* The same without taking them. */
size_t ring_peek(const struct ring *ring, void *to, size_t n);
#endif
