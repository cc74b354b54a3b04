// The parts of OpenSSL 3 that Swift cannot import by itself: its macros, as inline functions, and a socket BIO.
#ifndef NODEGATE_COPENSSL_H
#define NODEGATE_COPENSSL_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// A non-blocking socket as a BIO: sends with MSG_NOSIGNAL, so that a peer that is gone raises no SIGPIPE, and
// remembers whether the last receive emptied the socket, which saves the receive that would say so (EAGAIN).
// Does not own the descriptor. Lives as long as its BIO.
struct copenssl_socket {
    // Whose BIO it is.
    const SSL *ssl;
    int descriptor;
    // errno of the last call that failed for another reason than that it would block; 0 for none.
    int error;
    // The last receive got less than it asked for: the next byte is a new edge of the descriptor.
    unsigned char drained;
    // The peer has shut down its sending side without an end that TLS vouches for.
    unsigned char ended;
    // The end of the stream follows what is written: the kernel may keep that for it.
    unsigned char ends;
};
BIO *copenssl_socket_new(const SSL *ssl, int descriptor, struct copenssl_socket **socket);

// What PEM readers call for a passphrase: there is none, and nobody is asked for one on the terminal.
int copenssl_no_passphrase(char *buffer, int size, int writing, void *argument);

typedef int (*copenssl_server_name_callback)(SSL *, int *, void *);
typedef int (*copenssl_ticket_callback)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int);

// No renegotiation, no compression, the server's preference of ciphers (RFC 9325 sections 3.3, 3.5 and 4).
static const uint64_t copenssl_options =
    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
// libssl rejects each write that is repeated from another place unless it is told that buffers move; and it fills up
// chains with authorities that are there to verify clients unless it is told not to.
static const long copenssl_modes = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN;

static inline int copenssl_set_min_version(SSL_CTX *c, int version) { return (int)SSL_CTX_set_min_proto_version(c, version); }
static inline int copenssl_set_max_version(SSL_CTX *c, int version) { return (int)SSL_CTX_set_max_proto_version(c, version); }
static inline void copenssl_set_modes(SSL_CTX *c) { (void)SSL_CTX_set_mode(c, copenssl_modes); }
static inline void copenssl_set_read_ahead(SSL_CTX *c) { (void)SSL_CTX_set_read_ahead(c, 1); }
static inline void copenssl_set_cache_mode(SSL_CTX *c, long mode) { (void)SSL_CTX_set_session_cache_mode(c, mode); }
static inline int copenssl_set_groups(SSL_CTX *c, const char *groups) { return (int)SSL_CTX_set1_groups_list(c, groups); }
static inline void copenssl_set_list_limit(SSL_CTX *c, long bytes) { (void)SSL_CTX_set_max_cert_list(c, bytes); }
static inline void copenssl_set_owner(SSL_CTX *c, void *owner) { SSL_CTX_set_app_data(c, owner); }
static inline void *copenssl_owner(const SSL_CTX *c) { return SSL_CTX_get_app_data(c); }
static inline void copenssl_set_server_name_callback(SSL_CTX *c, copenssl_server_name_callback callback) {
    (void)SSL_CTX_set_tlsext_servername_callback(c, callback);
}
static inline void copenssl_set_ticket_callback(SSL_CTX *c, copenssl_ticket_callback callback) {
    (void)SSL_CTX_set_tlsext_ticket_key_evp_cb(c, callback);
}
static inline int copenssl_add_chain(SSL_CTX *c, X509 *certificate) { return (int)SSL_CTX_add1_chain_cert(c, certificate); }
// Tickets are encrypted with AES-256-CBC.
int copenssl_init_ticket_cipher(
    EVP_CIPHER_CTX *cipher, const unsigned char key[32], const unsigned char vector[16], int sealing);
// And authenticated with HMAC-SHA-256.
int copenssl_init_ticket_mac(EVP_MAC_CTX *mac, const unsigned char key[32]);
static inline int copenssl_set_server_name(SSL *s, const char *name) { return (int)SSL_set_tlsext_host_name(s, name); }
// Since libssl 1.1.0 SSL_get_verify_result is only good with a certificate; this one is counted for the caller.
static inline X509 *copenssl_peer_certificate(const SSL *s) { return SSL_get1_peer_certificate(s); }

// Casts that Swift does not see through.
static const unsigned long copenssl_name_flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
static const int copenssl_utf8 = MBSTRING_UTF8;
static inline int copenssl_error_library(unsigned long error) { return ERR_GET_LIB(error); }
static inline int copenssl_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

static inline EVP_PKEY *copenssl_make_p256(void) { return EVP_EC_gen("P-256"); }
static inline long copenssl_memory(BIO *b, char **bytes) { return BIO_get_mem_data(b, bytes); }
static inline int copenssl_set_tag(EVP_CIPHER_CTX *c, void *tag) { return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, tag); }
static inline int copenssl_get_tag(EVP_CIPHER_CTX *c, void *tag) { return EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, tag); }
static inline int copenssl_set_pss(EVP_PKEY_CTX *c) {
    return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) > 0 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) > 0;
}

// Typed stacks are macros.
static inline int copenssl_name_count(const GENERAL_NAMES *names) { return names ? sk_GENERAL_NAME_num(names) : 0; }
static inline const GENERAL_NAME *copenssl_name(const GENERAL_NAMES *names, int index) { return sk_GENERAL_NAME_value(names, index); }
static inline const ASN1_STRING *copenssl_name_text(const GENERAL_NAME *name) {
    switch (name->type) {
    case GEN_DNS: case GEN_EMAIL: case GEN_URI: case GEN_IPADD: return name->d.ia5;
    default: return NULL;
    }
}

#endif
