#include "ring.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int holds, const char *what) {
  if (!holds) { printf("not so: %s\n", what); exit(1); }
}

int main(void) {
  for (size_t capacity = 1; capacity <= 9; capacity++) {
    unsigned char *bytes = malloc(capacity);
    struct ring ring;
    ring_init(&ring, bytes, capacity);
    unsigned char kept[16], given[64], from[64];
    size_t length = 0;
    unsigned next = 0, state = 7;
    for (int round = 0; round < 4000; round++) {
      state = state * 1103515245u + 12345u;
      size_t n = (state >> 16) % (capacity + 3);
      if ((state >> 8) % 2) {
        for (size_t i = 0; i < n; i++) from[i] = (unsigned char)(next + i);
        size_t fits = n > capacity - length ? capacity - length : n;
        must(ring_write(&ring, from, n) == fits, "as many as fit are taken");
        memcpy(kept + length, from, fits);
        length += fits;
        next += fits;
      } else {
        size_t there = n > length ? length : n;
        must(ring_peek(&ring, given, n) == there, "peek answers how many");
        must(memcmp(given, kept, there) == 0, "peek gives what came first");
        memset(given, 0, sizeof given);
        must(ring_read(&ring, given, n) == there, "read answers how many");
        must(memcmp(given, kept, there) == 0, "read gives what came first");
        memmove(kept, kept + there, length - there);
        length -= there;
      }
      must(ring.length == length && ring.start < capacity, "the ring's own numbers");
    }
    free(bytes);
  }
  puts("ok");
  return 0;
}
