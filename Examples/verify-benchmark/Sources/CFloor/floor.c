// The low-level floor is here to be compared with, not to be recommended by its absence of warnings.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CFloor.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct Floor {
    EVP_MAC_CTX *keyed;
    SHA256_CTX inner;
    SHA256_CTX outer;
};

static void absorb_pad(SHA256_CTX *context, const uint8_t *key, size_t key_length, uint8_t filler) {
    uint8_t pad[SHA256_CBLOCK];
    memset(pad, filler, sizeof pad);
    for (size_t index = 0; index < key_length; index++) pad[index] ^= key[index];
    SHA256_Init(context);
    SHA256_Update(context, pad, sizeof pad);
}

Floor *floor_create(const uint8_t *key, size_t key_length) {
    if (key_length > SHA256_CBLOCK) return NULL;  // the benchmark's key is short
    Floor *floor = calloc(1, sizeof *floor);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!floor || !mac) return NULL;
    floor->keyed = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    if (!floor->keyed || EVP_MAC_init(floor->keyed, key, key_length, parameters) != 1) return NULL;
    absorb_pad(&floor->inner, key, key_length, 0x36);
    absorb_pad(&floor->outer, key, key_length, 0x5c);
    return floor;
}

int floor_verify_evp(Floor *floor, const uint8_t *prefix, size_t prefix_length,
                     const uint8_t *body, size_t body_length, const uint8_t *mac) {
    uint8_t expected[SHA256_DIGEST_LENGTH];
    size_t written = 0;
    return EVP_MAC_init(floor->keyed, NULL, 0, NULL) == 1
        && EVP_MAC_update(floor->keyed, prefix, prefix_length) == 1
        && EVP_MAC_update(floor->keyed, body, body_length) == 1
        && EVP_MAC_final(floor->keyed, expected, &written, sizeof expected) == 1
        && CRYPTO_memcmp(expected, mac, sizeof expected) == 0;
}

int floor_verify_low_level(const Floor *floor, const uint8_t *prefix, size_t prefix_length,
                           const uint8_t *body, size_t body_length, const uint8_t *mac) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX context = floor->inner;
    SHA256_Update(&context, prefix, prefix_length);
    SHA256_Update(&context, body, body_length);
    SHA256_Final(digest, &context);
    context = floor->outer;
    SHA256_Update(&context, digest, sizeof digest);
    SHA256_Final(digest, &context);
    return CRYPTO_memcmp(digest, mac, sizeof digest) == 0;
}

const char *floor_library(void) { return OpenSSL_version(OPENSSL_VERSION); }
