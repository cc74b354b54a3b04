#include "COpenSSL.h"

#include <errno.h>
#include <sys/socket.h>

static int socket_write(BIO *bio, const char *bytes, int count) {
    struct copenssl_socket *socket = BIO_get_data(bio);
    ssize_t sent;
    // A ticket of TLS 1.3 is nothing that its client waits for: it leaves with the first answer, or when the kernel has
    // held it for a fifth of a second (TCP_CORK in tcp(7)).
    int is_ticket = SSL_get_state(socket->ssl) == TLS_ST_SW_SESSION_TICKET && SSL_version(socket->ssl) == TLS1_3_VERSION;
    int flags = MSG_NOSIGNAL | (socket->ends || is_ticket ? MSG_MORE : 0);
    BIO_clear_retry_flags(bio);
    do sent = send(socket->descriptor, bytes, (size_t)count, flags); while (sent < 0 && errno == EINTR);
    if (sent >= 0) return (int)sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) BIO_set_retry_write(bio);
    else socket->error = errno;
    return -1;
}

static int socket_read(BIO *bio, char *bytes, int count) {
    struct copenssl_socket *socket = BIO_get_data(bio);
    ssize_t received;
    BIO_clear_retry_flags(bio);
    do received = recv(socket->descriptor, bytes, (size_t)count, 0); while (received < 0 && errno == EINTR);
    socket->drained = received < count;
    if (received > 0) return (int)received;
    if (received == 0) socket->ended = 1;
    else if (errno == EAGAIN || errno == EWOULDBLOCK) BIO_set_retry_read(bio);
    else socket->error = errno;
    return received == 0 ? 0 : -1;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number; (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return ((struct copenssl_socket *)BIO_get_data(bio))->ended;
    default: return 0;
    }
}

static int socket_free(BIO *bio) {
    OPENSSL_free(BIO_get_data(bio));
    BIO_set_data(bio, NULL);
    return 1;
}

static CRYPTO_ONCE method_once = CRYPTO_ONCE_STATIC_INIT;
static BIO_METHOD *method;

// Made once for the process, and kept.
static void make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "nodegate socket");
    if (made == NULL) return;
    if (BIO_meth_set_write(made, socket_write) != 1 || BIO_meth_set_read(made, socket_read) != 1 ||
        BIO_meth_set_ctrl(made, socket_control) != 1 || BIO_meth_set_destroy(made, socket_free) != 1) {
        BIO_meth_free(made);
        return;
    }
    method = made;
}

BIO *copenssl_socket_new(const SSL *ssl, int descriptor, struct copenssl_socket **socket) {
    if (!CRYPTO_THREAD_run_once(&method_once, make_method) || method == NULL) return NULL;
    struct copenssl_socket *made = OPENSSL_zalloc(sizeof *made);
    BIO *bio = BIO_new(method);
    if (made == NULL || bio == NULL) {
        OPENSSL_free(made);
        BIO_free(bio);
        return NULL;
    }
    made->ssl = ssl;
    made->descriptor = descriptor;
    BIO_set_data(bio, made);
    BIO_set_init(bio, 1);
    *socket = made;
    return bio;
}

int copenssl_no_passphrase(char *buffer, int size, int writing, void *argument) {
    (void)buffer; (void)size; (void)writing; (void)argument;
    return -1;
}

static CRYPTO_ONCE ticket_cipher_once = CRYPTO_ONCE_STATIC_INIT;
static EVP_CIPHER *ticket_cipher;

// Looked up once: EVP_aes_256_cbc() is looked up each time that it is used.
static void fetch_ticket_cipher(void) { ticket_cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL); }

int copenssl_init_ticket_cipher(
    EVP_CIPHER_CTX *cipher, const unsigned char key[32], const unsigned char vector[16], int sealing) {
    if (!CRYPTO_THREAD_run_once(&ticket_cipher_once, fetch_ticket_cipher) || ticket_cipher == NULL) return 0;
    return EVP_CipherInit_ex2(cipher, ticket_cipher, key, vector, sealing, NULL);
}

int copenssl_init_ticket_mac(EVP_MAC_CTX *mac, const unsigned char key[32]) {
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_init(mac, key, 32, parameters);
}
