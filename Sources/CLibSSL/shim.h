#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

// What OpenSSL has as macros, which Swift does not see.

static inline int clibssl_set_min_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline void clibssl_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

// Takes the certificate over when it succeeds.
static inline int clibssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

static inline void clibssl_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void clibssl_forbid_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}

// Groups whose share of a handshake is cheap: a server of OpenSSL 3 also offers finite fields, the largest of which
// costs it a third of a second for each client.
static inline int clibssl_set_groups(SSL_CTX *context) {
    return (int)SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
}

static inline void clibssl_set_message_argument(SSL *session, void *argument) {
    SSL_set_msg_callback_arg(session, argument);
}

// Whether the newest error is that no PEM object is left, rather than that one cannot be read.
static inline int clibssl_pem_has_ended(void) {
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Tickets are the client's to keep.
static inline void clibssl_keep_no_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
