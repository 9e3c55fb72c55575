#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

// SHA-256 whose state is a plain value. OpenSSL deprecates these functions since 3.0 and has them still;
// Swift would warn of each use, so that they come by other names. HMACSHA256Key says why they are used.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static inline int clibcrypto_sha256_init(SHA256_CTX *context) { return SHA256_Init(context); }

static inline int clibcrypto_sha256_update(SHA256_CTX *context, const void *bytes, size_t count) {
    return SHA256_Update(context, bytes, count);
}

static inline int clibcrypto_sha256_final(unsigned char digest[SHA256_DIGEST_LENGTH], SHA256_CTX *context) {
    return SHA256_Final(digest, context);
}

#pragma GCC diagnostic pop
