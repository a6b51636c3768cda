/*
 * SHA-1, of RFC 3174: the aws command names the files of its SSO cache by it.
 * Nothing is kept secret or proven by it here; for that there is SHA-256
 * (base/digest.h).
 */
#include "aws/credentials_private.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return (word << bits) | (word >> (32 - bits));
}

static void mix(uint32_t state[5], const unsigned char *block)
{
    static const uint32_t constants[] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
                                          0xca62c1d6 };
    uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3],
                        e = state[4];

    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 |
                   (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        words[i] = rotate(
            words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (size_t i = 0; i < 80; i++) {
        const uint32_t functions[] = { (b & c) | (~b & d), b ^ c ^ d,
                                       (b & c) | (b & d) | (c & d), b ^ c ^ d };
        uint32_t next =
            rotate(a, 5) + functions[i / 20] + e + words[i] + constants[i / 20];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void cred_sha1(const void *bytes, size_t size, char text[CRED_SHA1_TEXT_SIZE])
{
    uint32_t state[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                          0xc3d2e1f0 };
    /* The rest, a one bit, zeros, and the length in bits: one block or two. */
    unsigned char last[2 * BLOCK] = { 0 };
    const unsigned char *at = bytes;
    size_t rest = size % BLOCK;
    size_t padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

    for (size_t done = 0; done + BLOCK <= size; done += BLOCK)
        mix(state, at + done);
    if (rest)
        memcpy(last, at + size - rest, rest);
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        last[padded - 1 - i] =
            (unsigned char)(((uint64_t)size * 8) >> (8 * i) & 0xff);
    for (size_t done = 0; done < padded; done += BLOCK)
        mix(state, last + done);
    for (size_t i = 0; i < 5; i++)
        snprintf(text + 8 * i, 9, "%08x", (unsigned)state[i]);
}
