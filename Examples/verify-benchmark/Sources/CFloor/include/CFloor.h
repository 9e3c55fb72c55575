#pragma once
#include <stddef.h>
#include <stdint.h>

/// libcrypto and nothing around it: what a verification cannot cost less than.
typedef struct Floor Floor;

/// A keyed floor, or NULL when libcrypto fails. It lives as long as the process.
Floor *floor_create(const uint8_t *key, size_t key_length);

/// Restarts the keyed EVP_MAC context, makes the MAC of prefix and body, and compares in constant time.
int floor_verify_evp(Floor *floor, const uint8_t *prefix, size_t prefix_length,
                     const uint8_t *body, size_t body_length, const uint8_t *mac);

/// The same from copies of two keyed SHA256_CTX, the low-level interface deprecated since OpenSSL 3.0.
int floor_verify_low_level(const Floor *floor, const uint8_t *prefix, size_t prefix_length,
                           const uint8_t *body, size_t body_length, const uint8_t *mac);

/// The version of the libcrypto that is loaded.
const char *floor_library(void);

/// How often this thread has asked the heap for memory; the program's own malloc and its relatives count.
uint64_t heap_allocations(void);
