#ifndef CZLIB_H
#define CZLIB_H

#include <zlib.h>

// inflateInit2 is a macro that passes the version and the size of the stream.
static inline int czlib_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

#endif
