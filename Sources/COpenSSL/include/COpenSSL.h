// The parts of OpenSSL 3 that Swift cannot import by itself: its macros, as inline functions.
#ifndef NODEGATE_COPENSSL_H
#define NODEGATE_COPENSSL_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#endif
